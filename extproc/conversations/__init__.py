"""Conversations of the Responses API that are kept here: in place of the provider, or because it keeps none.

    request + what was kept ─ `asked` ─▶ request with its history ─▶ … ─▶ answer ─ `answered` ─▶ client
                                                                            └─ `record` ─▶ `store`

An answer gets an id of ours, and what is needed to go on from it is kept under that id: its input items with
all that came before, and the answer itself. Items are kept as they were written, in JSON: nothing of them is
lost on the way from one turn to the next, whichever providers answer. Everything here but the store is pure.
"""
