"""Routers: which of several described candidates (agents, or kinds of task) a conversation needs.

    conversation + candidates ─▶ embedded ─▶ sure? ─▶ choice
                                    └─ unsure ─▶ router model, where there is one

Read `candidate` (the values) first; `build` makes the routers of a snapshot.
"""
