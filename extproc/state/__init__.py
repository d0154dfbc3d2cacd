"""The service ``plano-state``: what is remembered for other processes, and what they tell of exchanges.

    rpc, http ─▶ stores: entries by kind, tenant and key
    rpc: events ────┐
    access_log ─────┴─▶ ingest ─▶ turns: an exchange with all that is known of it ─▶ stores, picture

A process of its own, beside the way of a request: losing it fails no request that does not need it.
"""
