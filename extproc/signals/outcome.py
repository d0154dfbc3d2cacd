"""Whether a tool's result is an error, and which part of it says so.

A result that tells about errors is none: search hits, logs, source code, tables and status reports are full of
their words. It counts when its form says that this call failed: a member ``error``, a status, the first words of
a line, or that it is so short that it can be nothing else.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

import msgspec

from extproc.signals.taxonomy import LEAF, Leaf

READ_CHARS: Final = 1_500
"""Of a plain result this much is read, and as much of its end: where errors stand."""

PARSED_CHARS: Final = 100_000
"""A longer result is not parsed as JSON: an error is short."""

_SHORT_CHARS: Final = 240
_PLAIN_LINES: Final = 3
_TRANSCRIPT: Final = re.compile(r"^\w+: .*\n\w+: ", re.MULTILINE)
_QUOTATION: Final = re.compile(r"(?<=[\"“«])[^\"”»]{2,}(?=[\"”»])")

_ERROR_KEYS: Final = frozenset(
    "error errors err error_message errormessage error_msg errmsg exception fault failure reason_error fehler erro "
    "erreur motivo_error stderr_error problem".split()
)
_MESSAGE_KEYS: Final = frozenset(
    "message msg detail details description reason title type code status error error_msg error_message errors "
    "motivo mensaje mensagem meldung grund raison mensaje_error stderr output content text".split()
)
_FALSE_KEYS: Final = frozenset("ok success succeeded found is_success issuccess valid".split())
_BAD_STATUS: Final = frozenset("error failed failure fail fehler erreur erro denied rejected timeout".split())
_CODE_KEYS: Final = frozenset("status code status_code statuscode http_status error_code codigo errcode".split())

_OPENING: Final = re.compile(
    r"\s*(?:[\[(]?(?:error|err|exception|fatal|failed|failure|panic|traceback|fehler|erreur|erro)\b"
    r"|(?:错误|失败|异常|出错)"
    r"|(?:http(?:/[\d.]+)?\s*:?\s*|status(?:\s*code)?\s*:?\s*)[45]\d\d\b"
    r"|[45]\d\d\b(?=\s*(?:$|[:–-]|(?:client |server )?error|bad |unauth|payment req|forbidden|not |method not|request time"
    r"|conflict|gone|precond|payload|content too|unproc|too many|internal|service|gateway|locked))"
    r"|(?:[\w.]+ )?[\w.]*(?:error|exception|exceeded|exhausted)\b\s*[:(-]|[1-9]\d* (?:\w+ )?errors? "
    r"|[\w.]*(?:Request|Denied|Fault|NotFound|Undefined\w*|Invalid\w*|Violation|Unavailable|Timeout|Refused): "
    r"|(?:curl|bash|sh|zsh|remote|npm|pip|git|e|ssh|psql|docker|kubectl): |net::err"
    r"|(?:cannot|can't|could not|couldn't|unable to|failed to|no such|unknown|invalid|missing|unexpected|unsupported|\w+ failed:) "
    r"|conflict \(|mcp error"
    r"|\w*(?:netzwerk|zeit|anmelde|verbindungs|datenbank)fehler\b"
    r"|(?:erro|error|erreur) (?:de|du|d')\b)",
    re.IGNORECASE,
)
_LINE: Final = re.compile(
    r"^(?:[\w.]+(?:Error|Exception|Exhausted|Exceeded|Timeout|Refused)|fatal|error|ERROR|FATAL)\b\s?[:(].*$",
    re.MULTILINE,
)
_LISTING: Final = re.compile(
    r"^\s*(?:\S+:\d+:|\d+[.)] |[-*•] |#|\d{4}-\d\d-\d\d|[\w ]+,[\w ]*(?:,|$)|<|\||HTTP/[\d.]+ [123]|import |def |fn |class |pub )",
    re.MULTILINE,
)
_EMPTY: Final = re.compile(r"\s*(?:\[\s*\]|\{\s*\}|null|none|\(?(?:empty|no content|no output)\)?|n/a)?\s*", re.I)
_READERS: Final = re.compile(
    r"read|cat|grep|search|fetch|browse|open|get_|list|query|kb|wiki|log|scrape|extract|load|find", re.IGNORECASE
)


class Outcome(NamedTuple):
    """How a call went."""

    error: str = ""
    """What the error says; ``""``: there is none."""
    sure: bool = False
    """The form says that it is an error; otherwise only a plain phrase may (`classify`)."""
    empty: bool = False
    """Nothing came: no error, but nothing gained either."""


def outcome(text: str, tool: str, *, failed: bool) -> Outcome:
    """That of a tool's result; `failed`: the API says that it is an error."""
    text_ = text.strip()
    if _EMPTY.fullmatch(text_[:40]):
        return Outcome(empty=not failed, error="error" if failed else "", sure=failed)
    if text_[0] in "[{" and len(text_) <= PARSED_CHARS:
        try:
            value = msgspec.json.decode(text_)
        except (msgspec.DecodeError, RecursionError):
            value = None
        if isinstance(value, dict | list):
            return _of_json(value, failed=failed)
    return _of_text(text_, tool, failed=failed)


def _of_json(value: Any, *, failed: bool) -> Outcome:
    if isinstance(value, list):
        return Outcome(" ".join(_strings(value))[:READ_CHARS], sure=True) if failed else Outcome()
    if failed or _is_error(value):
        told = dict.fromkeys(_told(value))
        return Outcome(" ".join(told)[:READ_CHARS] or "error", sure=True)
    rows = [inner for inner in value.values() if isinstance(inner, list | dict)]
    return Outcome(empty=bool(rows) and not any(rows) and len(value) <= 3)


def _told(value: dict[str, Any]) -> Iterator[str]:
    """What an object that is an error says: of its members those that are about the error, and short texts."""
    for key, inner in value.items():
        low = key.lower()
        if "err" in low or low in _MESSAGE_KEYS:
            yield from _strings(inner)
        elif isinstance(inner, str) and len(inner) <= _SHORT_CHARS:
            yield inner


def _is_error(value: dict[str, Any]) -> bool:
    for key, inner in value.items():
        low = key.lower()
        if low in _ERROR_KEYS and inner and not isinstance(inner, int | float):
            return True
        if low in _FALSE_KEYS and inner is False:
            return True
        if low in ("iserror", "is_error") and inner is True:
            return True
        if low in ("status", "state", "result", "type") and isinstance(inner, str) and inner.lower() in _BAD_STATUS:
            return True
        if low in _CODE_KEYS and _is_bad_code(inner) and value.keys() & {"message", "msg", "error", "mensaje"}:
            return True
        if low in ("status", "status_code", "statuscode", "codigo") and _is_http_error(inner):
            return True
        if low == "error_code" and inner and value.keys() & {"error_msg", "message"}:
            return True
    return False


def _is_bad_code(value: Any) -> bool:
    return _is_http_error(value) or (isinstance(value, int) and not isinstance(value, bool) and value < 0)


def _is_http_error(value: Any) -> bool:
    if isinstance(value, str) and value.isdigit() and len(value) == 3:
        value = int(value)
    return isinstance(value, int) and not isinstance(value, bool) and 400 <= value < 600


def _strings(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
    elif depth < 6 and isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner, depth + 1)
    elif depth < 6 and isinstance(value, list):
        for inner in value[:20]:
            yield from _strings(inner, depth + 1)


def _of_text(text: str, tool: str, *, failed: bool) -> Outcome:
    head = text[:READ_CHARS]
    if failed or _OPENING.match(head):
        return Outcome(head, sure=True)
    ends = text[-READ_CHARS:] if len(text) > READ_CHARS else head
    if text.startswith(("Traceback", "remote:", "To ")) or not _LISTING.search(head):
        line = _LINE.search(ends)
        if line and not (len(text) > READ_CHARS and _READERS.search(tool)):
            return Outcome(ends[line.start() :], sure=True)
    short = len(text) <= _SHORT_CHARS and text.count("\n") < _PLAIN_LINES
    if short and not _LISTING.search(text) and not _TRANSCRIPT.search(text):
        return Outcome(_QUOTATION.sub("", text), sure=False)
    return Outcome()


_SECTION: Final = re.compile(r"\[([a-z_]+(?: plain)?)\]")


class Class(NamedTuple):
    """A way in which calls fail."""

    leaf: Leaf
    plain: bool
    """Short results that are no error by their form may be of this class."""
    pattern: re.Pattern[str]


class Verdict(NamedTuple):
    """What an error is."""

    leaf: Leaf
    matched: str
    sure: bool


def classify(found: Outcome, tool: str) -> Verdict | None:
    """The class of an error; ``None``: it is of none, or not sure enough to be an error."""
    if not found.error:
        return None
    for one in classes():
        if not found.sure and (not one.plain or (_READERS.search(tool) and one.leaf is not Leaf.BAD_QUERY)):
            continue
        if match := one.pattern.search(found.error):
            return Verdict(one.leaf, match.group(), found.sure)
    return None


@cache
def classes() -> tuple[Class, ...]:
    """Those of `data/tools.txt`, in its order: the first that fits is it.

    A section ``[leaf]`` or ``[leaf plain]`` has regular expressions, one a line; case makes no difference.
    """
    text = files("extproc.signals").joinpath("data", "tools.txt").read_text("utf-8")
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if section := _SECTION.fullmatch(line):
            found.append((section[1], []))
        elif line.strip() and not line.startswith("#"):
            found[-1][1].append(line.strip())
    return tuple(
        Class(LEAF[name.split()[0]], name.endswith(" plain"), re.compile("|".join(lines), re.IGNORECASE))
        for name, lines in found
    )
