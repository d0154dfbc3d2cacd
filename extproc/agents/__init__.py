"""Agents: HTTP servers that speak Chat Completions, described in words, among which a request finds its own.

    request ─ which conversation? ─▶ `conversation`
            ─ which agents?       ─▶ `choosing`: a router, the conversation so far, the default
            ─ several             ─▶ `chain`: each earlier one is asked, and what it says is put before the
                                     person's last message (`body`)
            ─ the last one        ─▶ Envoy sends it the request and streams its answer

Nothing here knows Envoy; `extproc.exchange.agent_turn` puts it together.
"""
