"""One conversation, followed from turn to turn, whether all of it comes each time or only what is new."""

from collections.abc import Sequence
from typing import Final

import msgspec

from extproc.llm.parts import Text, ToolCall, ToolResult
from extproc.llm.request import Message
from extproc.llm.response import Response
from extproc.signals.analysis import advance
from extproc.signals.loops import digest
from extproc.signals.reading import llm_messages
from extproc.signals.report import Report, Scoring, report
from extproc.signals.signal import Signal
from extproc.signals.state import State

_MARK_CHARS: Final = 400


class Watch:
    """The signals of one conversation. Not for two turns at once; its `state` can be stored between them."""

    def __init__(self, state: State | None = None) -> None:
        self.state = state or State()

    def whole(self, messages: Sequence[Message]) -> list[Signal]:
        """A request that has the whole conversation in it: what is new in its last messages.

        If it does not go on from what was seen (the client cut or changed it), it is read from the start, and
        all of its signals are new.
        """
        if not self._goes_on(messages):
            self.state = State()
        return self.more(messages[self.state.messages :])

    def more(self, messages: Sequence[Message]) -> list[Signal]:
        """Messages that follow on those seen."""
        first = self.state.messages
        found = advance(self.state, llm_messages.rows(messages, first))
        self.state.messages = first + len(messages)
        if messages:
            self._mark(messages, first)
        return found

    def answer(self, response: Response) -> list[Signal]:
        """The agent's newest answer, which the next request has among its messages."""
        number = self.state.messages
        found = advance(self.state, llm_messages.answer(response, number))
        self.state.messages = number + 1
        self._mark((), number)
        return found

    def report(self, scoring: Scoring = Scoring.OWN) -> Report:
        """How it stands."""
        return report(self.state, scoring)

    def _mark(self, messages: Sequence[Message], first: int) -> None:
        """The first message and the client's latest tell whether it is the same conversation."""
        marks = self.state.marks or ([f"0 {_mark(messages[0])}"] if messages and first == 0 else [])
        if messages:
            marks = [*marks[:1], f"{first + len(messages) - 1} {_mark(messages[-1])}"]
        self.state.marks = marks

    def _goes_on(self, messages: Sequence[Message]) -> bool:
        if len(messages) < self.state.messages:
            return False
        for known in self.state.marks:
            number, _, mark = known.partition(" ")
            if _mark(messages[int(number)]) != mark:
                return False
        return True


def _mark(message: Message) -> str:
    """A digest of what a message says; how its parts are cut and cached makes no difference."""
    said = [message.role.value]
    for part in message.parts:
        if isinstance(part, Text):
            said.append(part.text[:_MARK_CHARS])
        elif isinstance(part, ToolCall):
            said.append(f"{part.id} {part.name}")
        elif isinstance(part, ToolResult):
            said.append(part.call_id)
    return digest("\n".join(said).strip())


def load(stored: bytes) -> Watch:
    """One that was kept with `dump`. Raises `msgspec.DecodeError` for what is none."""
    return Watch(msgspec.msgpack.decode(stored, type=State))


def dump(watch: Watch) -> bytes:
    """What to keep of it between turns: a few kilobytes, whatever the conversation's length."""
    return msgspec.msgpack.encode(watch.state)
