"""Deltas of one choice, put together to parts with a beginning and an end.

A delta does not say where a part begins: it does when the kind of delta changes, or when a tool call is new.
Nor does it say where one ends: text ends when something else begins; a tool call when it is whole and then
something else begins, or with the answer, for calls may come by turns.
"""

from typing import Any

import msgspec

from extproc.dialects.openai_chat import answer
from extproc.dialects.openai_chat.response import arguments_of
from extproc.llm.events import Delta, Event, PartEnded, PartKind, PartStarted
from extproc.llm.parts import Reasoning

Json = dict[str, Any]


class _Call:
    """A tool call that has begun to come."""

    __slots__ = ("checked", "ended", "fragments", "id", "index", "name")

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.index: int | None = None  # of its part, once its name is known
        self.fragments: list[str] = []
        self.checked = False
        self.ended = False

    def is_whole(self) -> bool:
        """Whether its arguments are a JSON object, which nothing can follow."""
        self.checked = True
        try:
            return isinstance(msgspec.json.decode("".join(self.fragments)), dict)
        except (msgspec.DecodeError, RecursionError):
            return False


class Assembly:
    """The parts of one answer; each method adds to the events that it is given."""

    def __init__(self) -> None:
        self.answer_id = ""
        self._parts = 0
        self._said: tuple[int, PartKind] | None = None  # the part of text, reasoning or refusal that is open
        self._calls: list[_Call] = []
        self._by_index: dict[int, _Call] = {}
        self._sealed: Reasoning | None = None
        self._annotations: tuple[Json, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing has come yet."""
        return self._parts == 0 and not self._calls

    @property
    def has_calls(self) -> bool:
        """Whether any tool was called."""
        return bool(self._calls)

    def say(self, kind: PartKind, text: str, events: list[Event]) -> None:
        """More text, reasoning or refusal."""
        if self._said is None or self._said[1] is not kind:
            self._begin(kind, events)
        assert self._said is not None
        events.append(Delta(self._said[0], text))

    def seal(self, part: Reasoning, events: list[Event]) -> None:
        """A signature or encrypted form of the reasoning, which may be all that there is of it."""
        open_reasoning = self._said is not None and self._said[1] is PartKind.REASONING
        if not open_reasoning or (self._sealed is not None and self._sealed.redacted and part.redacted):
            self._begin(PartKind.REASONING, events, part.id or "")
        sealed = self._sealed or Reasoning()
        self._sealed = Reasoning(
            signature=part.signature or sealed.signature,
            redacted=part.redacted or sealed.redacted,
            origin=part.origin,
        )

    def cite(self, annotations: tuple[Json, ...]) -> None:
        """Citations of the text that is open or comes next."""
        self._annotations += annotations

    def call(self, delta: Json, events: list[Event]) -> None:
        """One of ``tool_calls``; or ``function_call`` as ``{"function": …}``."""
        is_custom = isinstance(delta.get("custom"), dict)
        said = delta["custom"] if is_custom else delta.get("function")
        said = said if isinstance(said, dict) else {}
        name = answer.text_of(said, "name")
        call = self._call_of(delta, name, events)
        call.name = call.name or name
        text = answer.text_of(said, "input") if is_custom else arguments_of(said)
        if text:
            call.fragments.append(text)
        if call.index is None:
            if call.name:
                self._begin_call(call, events, custom=is_custom)
        elif text and not call.ended:
            events.append(Delta(call.index, text))

    def end(self, events: list[Event]) -> None:
        """Nothing more comes."""
        for call in self._calls:
            if call.index is None:
                self._begin_call(call, events, custom=False)
        self._end_said(events)
        for call in self._calls:
            self._end_call(call, events)

    def _begin(self, kind: PartKind, events: list[Event], part_id: str = "") -> None:
        self._end_others(events)
        self._said = (self._parts, kind)
        events.append(PartStarted(self._parts, kind, part_id))
        self._parts += 1

    def _begin_call(self, call: _Call, events: list[Event], *, custom: bool) -> None:
        """Its part begins when its name is known; arguments may have come before."""
        call.index = self._parts
        self._parts += 1
        call_id = call.id or answer.made_call_id(self.answer_id, self._calls.index(call))
        events.append(PartStarted(call.index, PartKind.TOOL_CALL, call_id, call.name, custom))
        if call.fragments:
            events.append(Delta(call.index, "".join(call.fragments)))

    def _call_of(self, delta: Json, name: str, events: list[Event]) -> _Call:
        """The call that a delta is of: by its index; without one, a name begins a new call."""
        index, call_id = delta.get("index"), answer.text_of(delta, "id")
        if isinstance(index, int):
            call = self._by_index.get(index)
        else:
            index, call = None, self._calls[-1] if self._calls else None
        if call is None or _is_another(call, call_id, name, indexed=index is not None):
            self._end_others(events)
            call = _Call()
            self._calls.append(call)
            if index is not None:
                self._by_index[index] = call
        call.id = call.id or call_id
        return call

    def _end_others(self, events: list[Event]) -> None:
        """What cannot go on once something else begins."""
        self._end_said(events)
        last = self._calls[-1] if self._calls else None
        if last is not None and not last.checked and last.index is not None and last.is_whole():
            self._end_call(last, events)

    def _end_call(self, call: _Call, events: list[Event]) -> None:
        if call.index is not None and not call.ended:
            call.ended = True
            events.append(PartEnded(call.index))

    def _end_said(self, events: list[Event]) -> None:
        if self._said is None:
            return
        index, kind = self._said
        self._said = None
        if kind is PartKind.REASONING and self._sealed is not None:
            sealed, self._sealed = self._sealed, None
            events.append(PartEnded(index, sealed.signature, sealed.redacted, sealed.origin))
        elif kind is PartKind.TEXT:
            events.append(PartEnded(index, annotations=self._annotations))
            self._annotations = ()
        else:
            events.append(PartEnded(index))


def _is_another(call: _Call, call_id: str, name: str, *, indexed: bool) -> bool:
    """Whether a delta begins a call besides `call`: Gemini gives all the same index, others none at all."""
    if not name:
        return False
    if call_id and call.id:
        return call_id != call.id
    return not indexed and bool(call.name)
