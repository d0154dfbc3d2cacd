"""What happened to a request, from its line in the access log."""

from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from extproc.ctl.access_line import AccessLine, size


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a request's time."""

    what: str
    ms: float | None
    detail: str = ""


def parts(line: AccessLine) -> tuple[Part, ...]:
    """In the order of their happening. Envoy measures some of them apart: they do not add up exactly."""
    connect = _ms(line.upstream_connect_us)
    first = _ms(line.upstream_first_byte_us)
    rest = None
    if line.duration_ms is not None and line.first_byte_ms is not None:
        rest = line.duration_ms - line.first_byte_ms
    return (
        Part("ext_proc: headers", _ms(line.extproc_headers_us), "which API is called"),
        Part("ext_proc: body", _ms(line.extproc_body_us), "which model and provider; the body is rewritten"),
        Part("connect to the provider", connect, "the key is added by Envoy" if connect is not None else ""),
        Part("provider, until its first byte", first, "the model reads the prompt"),
        Part("the rest of the answer", rest, "streamed, untouched by ext_proc"),
    )


def _ms(us: float | None) -> float | None:
    return None if us is None else us / 1000


def shown(line: AccessLine, asked: str) -> Table:
    """Where it went, then how long each part took."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _route(line, asked):
        table.add_row(name, "", value)
    table.add_row()
    for part in parts(line):
        if part.ms is not None:
            table.add_row(part.what, Text(f"{part.ms:.1f} ms", "cyan"), Text(part.detail, "dim"))
    if line.duration_ms is not None:
        table.add_row(Text("total", "bold"), Text(f"{line.duration_ms:.0f} ms", "bold cyan"), "")
    return table


def _route(line: AccessLine, asked: str) -> tuple[tuple[str, Text], ...]:
    attempts = line.attempts or 1
    answer = (
        f"{line.status}, {size(line.response_bytes or 0)}, {attempts} attempt{'s' if attempts > 1 else ''}"
    )
    return (
        ("request", Text(f"{line.method} {line.path}, listener {line.listener}")),
        ("model", Text.assemble(asked, (" → ", "dim"), (line.model or "?", "cyan"))),
        ("provider", Text(f"{line.provider} at {line.upstream}")),
        ("answer", Text(answer)),
    )
