"""One exchange: an HTTP request and its response, as Envoy shows them to us on one ext_proc stream.

    bytes ─▶ wire ─▶ message ─▶ pipeline: operation → decision → rewrite ─▶ reply ─▶ wire ─▶ bytes

Read `pipeline` (what happens), `decision` (where it goes), `messages` (what is said) and `phases` (in which
order), in this order. Nothing here knows gRPC: an exchange is a coroutine with a ``receive`` and a ``send``,
so it can be driven by a server, by a test, or by hand.
"""
