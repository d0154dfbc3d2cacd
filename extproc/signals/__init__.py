"""Agentic signals: what a conversation shows of how it goes, found without a model.

    messages ─▶ rows ─▶ detectors, one row at a time, over a state ─▶ report (severity, score, quality)

The names are those of "Signals: Trajectory Sampling and Triage for Agentic Interactions" (Chen et al. 2026).
Detectors are made for precision: a signal is what a careful annotator would mark, and only that. What people
say is looked up in lexicons (`data/`, one file a language), in their own words alone: what they quote, have
translated or report of others is not theirs.

Read `taxonomy` and `row` first, then `analysis`.
"""
