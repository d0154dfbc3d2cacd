"""``python -m bench.translation``: what translation costs, in CPU time of one core, without Envoy.

A request is measured from the client's bytes to the provider's, JSON decoding and encoding included; a stream
one event at a time, from the provider's bytes to the client's.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from bench import page, report
from bench.conversations import MODEL, body, dense, stream, typical
from extproc.dialects.api import Api
from extproc.dialects.operations import match
from extproc.dialects.registry import CLIENT_DIALECTS, UPSTREAM_DIALECTS
from extproc.providers.table import PROFILES
from extproc.translation.choice import upstream_api
from extproc.translation.request import Crossing, translate

REQUEST_US_MAX: Final = 1_000
EVENT_US_MAX: Final = 40
"""The targets."""

PAIRS: Final = tuple(
    (client, to) for client in CLIENT_DIALECTS for to in UPSTREAM_DIALECTS if to is not client
)

PROVIDERS: Final = {
    Api.CHAT: PROFILES["mistral"],
    Api.RESPONSES: PROFILES["chatgpt"],
    Api.MESSAGES: PROFILES["anthropic"],
    Api.CONVERSE: PROFILES["amazon_bedrock"],
}
"""Who is asked by each API: of those who are, one with as many quirks as any."""

_STREAM_TYPES: Final = {Api.CONVERSE: "application/vnd.amazon.eventstream"}


class Cost(NamedTuple):
    """Microseconds of CPU for one pair of APIs."""

    client: Api
    upstream: Api
    typical_us: float
    dense_us: float
    event_us: float


def costs(rounds: int, seconds: float) -> Iterator[Cost]:
    """Every pair; `seconds` is the length of one slice, of which the shortest of `rounds` counts."""
    conversations = {api: (body(typical(), api), body(dense(), api)) for api in CLIENT_DIALECTS}
    for client, upstream in PAIRS:
        long, many = (partial(_translate, raw, client, upstream) for raw in conversations[client])
        turn = partial(_turn, long(), stream(upstream))
        yield Cost(
            client,
            upstream,
            cpu_us(long, rounds, seconds),
            cpu_us(many, rounds, seconds),
            cpu_us(turn, rounds, seconds) / len(stream(upstream)),
        )


def _translate(raw: bytes, client: Api, upstream: Api) -> Crossing:
    return translate(raw, client, upstream, MODEL, PROVIDERS[upstream])


def _turn(crossing: Crossing, pieces: list[bytes]) -> None:
    turned = crossing.answer(200, _STREAM_TYPES.get(crossing.upstream, "text/event-stream"))
    assert hasattr(turned, "feed")
    for piece in pieces[:-1]:
        turned.feed(piece, last=False)
    turned.feed(pieces[-1], last=True)


def same_api_us(rounds: int, seconds: float) -> float:
    """What a request pays whose provider speaks its API: to find that out."""
    operation, profile = match("POST", "/v1/chat/completions"), PROFILES["openai"]
    assert upstream_api(operation, profile) is None
    return cpu_us(lambda: upstream_api(operation, profile), rounds, seconds)


def cpu_us(action: Callable[[], object], rounds: int, seconds: float) -> float:
    """CPU time of one `action` in the round that was disturbed the least."""
    action()
    return min(_slice_us(action, seconds) for _ in range(rounds))


def _slice_us(action: Callable[[], object], seconds: float) -> float:
    done, spent = 0, 0
    while spent < seconds * 1e9:
        begin = time.thread_time_ns()
        for _ in range(10):
            action()
        spent += time.thread_time_ns() - begin
        done += 10
    return spent / done / 1000


def sheet(measured: list[Cost]) -> report.Sheet:
    """The table."""
    rows = tuple(
        (str(client), str(upstream), f"{long:.0f}", f"{many:.0f}", f"{event:.1f}")
        for client, upstream, long, many, event in measured
    )
    return report.Sheet(
        "Translation, CPU in µs",
        "Targets: a request 1000, an event 40. Lower is better.",
        ("client", "provider", "20 messages of 2 KB", "180 small ones, 15 tools", "an event"),
        rows,
    )


def markdown(table: report.Sheet, same_us: float, sizes: str) -> str:
    """The part of the page."""
    return f"""\
# Translation

Written by `python -m bench.translation`, a part of `make bench`: CPU time of one core, without Envoy, in
the round that was disturbed the least.

- A request is read from the client's bytes and written as the provider's, JSON and quirks included; it has
  {sizes}.
- An event is one of a stream of some 200, which comes one event at a time.
- A request whose provider speaks the client's own API pays {same_us:.2f} µs to find that out. It is not
  read as what it is, and its answer does not come by the sidecar at all.

{report.section(table)}
{report.machine()}"""


def sizes() -> str:
    """How large the bodies are that are measured."""
    lengths = [len(body(chat(), api)) for api in CLIENT_DIALECTS for chat in (typical, dense)]
    return f"{min(lengths) / 1000:.1f} to {max(lengths) / 1000:.1f} KB"


def main() -> None:
    """Measure, print, write the part of the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.translation", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="how often each cell is measured (7)")
    parser.add_argument("--seconds", type=float, default=0.1, help="length of a slice (0.1)")
    parser.add_argument("--quick", action="store_true", help="one short round: does it work at all?")
    parser.add_argument("--output", type=Path, default=page.PAGE, help="the page (docs/benchmarks.md)")
    options = parser.parse_args()
    rounds, seconds = (1, 0.001) if options.quick else (options.rounds, options.seconds)
    table = sheet(list(costs(rounds, seconds)))
    report.show((table,))
    page.put(options.output, "translation", markdown(table, same_api_us(rounds, seconds), sizes()))
    print(f"written to {options.output}")


if __name__ == "__main__":
    main()
