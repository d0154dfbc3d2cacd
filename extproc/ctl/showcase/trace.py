"""What happened to a request, from its line in the access log."""

from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from extproc.ctl import screen
from extproc.ctl.access_line import AccessLine, size


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a request's time."""

    what: str
    ms: float | None
    detail: str = ""


def parts(line: AccessLine) -> tuple[Part, ...]:
    """In the order of their happening. Envoy measures some of them apart: they do not add up exactly."""
    rest = None
    if line.duration_ms is not None and line.first_byte_ms is not None:
        rest = line.duration_ms - line.first_byte_ms
    return (
        Part("ext_proc: headers", _ms(line.extproc_headers_us), "which API is this"),
        Part("ext_proc: body", _ms(line.extproc_body_us), "which model, at which provider; rewrite"),
        Part("provider: connection", line.upstream_connect_ms or None),
        Part("provider: first byte", _ms(line.upstream_first_byte_us), "the answer's headers"),
        Part("provider: the rest", rest, "streamed; ext_proc is asked no more"),
        Part("in all", line.duration_ms),
    )


def _ms(us: float | None) -> float | None:
    return None if us is None else us / 1000


def route(line: AccessLine, asked: str) -> Table:
    """Where the request went."""
    attempts = line.attempts or 1
    tries = f"{attempts} attempt{'s' if attempts > 1 else ''}"
    rows = (
        ("listener", Text(f"{line.listener}: {line.method} {line.path}")),
        ("model", Text.assemble(asked, (" → ", "dim"), (line.provider or "?", "cyan"), ", by its alias")),
        ("provider", Text(f"{line.upstream}, with a key that only Envoy has")),
        ("answer", Text(f"{line.status} after {tries}, {size(line.response_bytes or 0)}")),
    )
    return screen.table(("", ""), ((Text(name, "dim"), value) for name, value in rows))


def times(line: AccessLine, first_token_ms: float) -> Table:
    """How long each part took."""
    first_token = Part("first token", first_token_ms, "as the client saw it")
    rows = (
        (Text(part.what, "dim"), Text(f"{part.ms:.1f} ms", "cyan"), Text(part.detail, "dim"))
        for part in (*parts(line), first_token)
        if part.ms is not None
    )
    table = screen.table(("", "", ""), rows)
    table.columns[1].justify = "right"
    return table
