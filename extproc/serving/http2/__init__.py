"""The lean transport: as much of HTTP/2 (RFC 9113) and gRPC as Envoy's streams to us need, and nothing else.

    connection ─ frames ─ header blocks ─▶ stream ─▶ call: a coroutine with a `receive` and a `send`
                                             │
    sender ◀─ the peer's windows ◀───────────┘

Read `connection.py` first. What a peer may do wrong is answered where it is noticed, by raising one of the
exceptions in `faults.py`; only `connection.py` turns them into frames.
"""
