"""Why a start failed: the log lines that say it."""

import re
from collections.abc import Sequence
from pathlib import Path

LINES_MAX = 8
"""Enough for a cause and its context; the path of the whole log is printed beside them."""

TAIL_BYTES = 64 * 1024

_ENVOY_PREFIX = re.compile(r"^\[[^]]*\]\[\d+\]\[\w+\]\[[^]]*\] (\[[^]]*\] )*")
_TELLING = re.compile(
    r"error|critical|exception|cannot|denied|failed|invalid|unable|refused|no such", re.IGNORECASE
)
_NOISE = re.compile(r"^\s+(File \"|\^|~)|^Traceback|^\s+at 0x|Backtrace")


def telling_lines(log: Path) -> tuple[str, ...]:
    """The latest lines of a log that speak of a fault, or simply its latest; repeats once."""
    lines = [_ENVOY_PREFIX.sub("", line).rstrip() for line in _tail(log)]
    lines = [line for line in lines if line and not _NOISE.search(line)]
    telling = [line for line in lines if _TELLING.search(line)]
    return _unique(telling or lines)[-LINES_MAX:]


def _tail(log: Path) -> Sequence[str]:
    try:
        with log.open("rb") as file:
            file.seek(max(log.stat().st_size - TAIL_BYTES, 0))
            return file.read().decode("utf-8", errors="replace").splitlines()
    except OSError:
        return ()


def _unique(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lines))
