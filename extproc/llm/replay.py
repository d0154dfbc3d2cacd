"""A whole answer as the events of a stream, and the events of a stream as a whole answer.

For a provider that answers a request for a stream with JSON, and for one that streams to a client that did
not ask for it.
"""

from extproc.llm.events import Delta, Event, Failed, Finished, PartEnded, PartKind, PartStarted, Ping, Started
from extproc.llm.parts import Part, Reasoning, Refusal, Text, ToolCall
from extproc.llm.response import Finish, Response


def events_of(response: Response) -> list[Event]:
    """The events that say `response`; parts that no stream has (images, server tools) are left out."""
    events: list[Event] = [
        Started(response.id, response.model, response.created, response.usage, response.service_tier)
    ]
    index = 0
    for part in response.parts:
        told = _told(part, index)
        events += told
        index += bool(told)
    return [*events, Finished(response.finish, response.usage, response.stop_sequence)]


def _told(part: Part, i: int) -> list[Event]:
    match part:
        case Text():
            ended = PartEnded(i, annotations=part.annotations)
            return [PartStarted(i, PartKind.TEXT), *_delta(i, part.text), ended]
        case Refusal():
            return [PartStarted(i, PartKind.REFUSAL), *_delta(i, part.text), PartEnded(i)]
        case Reasoning():
            started = PartStarted(i, PartKind.REASONING, part.id or "")
            ended = PartEnded(i, part.signature, part.redacted, part.origin)
            return [started, *_delta(i, part.text), ended]
        case ToolCall():
            started = PartStarted(i, PartKind.TOOL_CALL, part.id, part.name, part.custom)
            return [started, *_delta(i, part.arguments), PartEnded(i)]
        case _:
            return []


def _delta(index: int, text: str) -> list[Event]:
    return [Delta(index, text)] if text else []


class Collector:
    """Puts the events of a stream together."""

    def __init__(self) -> None:
        self._started = Started()
        self._parts: list[PartStarted] = []
        self._texts: list[list[str]] = []
        self._ended: dict[int, PartEnded] = {}
        self._last: Finished | None = None
        self.failed: Failed | None = None
        """Set when the stream broke off: then there is no answer."""

    def add(self, event: Event) -> None:
        """The next event."""
        match event:
            case Delta():
                self._texts[event.index].append(event.text)
            case PartStarted():
                self._parts.append(event)
                self._texts.append([])
            case PartEnded():
                self._ended[event.index] = event
            case Started():
                self._started = event
            case Finished():
                self._last = event
            case Failed():
                self.failed = event
            case Ping():
                pass

    def response(self) -> Response:
        """The whole answer, once `Finished` has been added."""
        last = self._last or Finished(Finish.STOP)
        started = self._started
        return Response(
            id=started.id,
            model=started.model,
            parts=tuple(self._part(part) for part in self._parts),
            finish=last.finish,
            created=started.created,
            stop_sequence=last.stop_sequence,
            usage=last.usage or started.usage,
            service_tier=started.service_tier,
        )

    def _part(self, started: PartStarted) -> Part:
        text = "".join(self._texts[started.index])
        ended = self._ended.get(started.index) or PartEnded(started.index)
        match started.kind:
            case PartKind.TEXT:
                return Text(text, annotations=ended.annotations)
            case PartKind.REFUSAL:
                return Refusal(text)
            case PartKind.REASONING:
                return Reasoning(text, ended.signature, ended.redacted, started.id or None, ended.origin)
            case PartKind.TOOL_CALL:
                return ToolCall(started.id, started.name, text, started.custom)
