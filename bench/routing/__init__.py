"""How well and how fast the embedded router chooses: ``python -m bench.routing``.

`dataset` reads the labelled questions, `accuracy` asks the router, `timing` measures it, `tables` shows both.
"""
