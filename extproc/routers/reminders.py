"""What coding tools write into their user's messages, taken out: nobody said it."""

from typing import Final

_TAGS: Final = ("system-reminder", "user-prompt-submit-hook")


def without_reminders(text: str) -> str:
    """`text` without such envelopes; one that does not end takes all the rest with it."""
    for tag in _TAGS:
        text = _without(text, f"<{tag}>", f"</{tag}>")
    return text


def _without(text: str, opening: str, closing: str) -> str:
    before, *inside = text.split(opening)
    # Also right where an envelope is opened twice and closed once: what ends no envelope says nothing.
    return before + "".join(piece.partition(closing)[2] for piece in inside)
