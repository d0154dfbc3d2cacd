"""The log lines that say why a start failed."""

from pathlib import Path

from extproc.ctl.gateway.reasons import LINES_MAX, telling_lines

ENVOY = """\
[2026-11-25 15:00:00.000][12][info][main] [source/server/server.cc:435] initializing epoch 0
[2026-11-25 15:00:00.100][12][critical][main] [source/s.cc:416] error initializing config: no such file
[2026-11-25 15:00:00.100][12][info][main] [source/server/server.cc:1100] exiting
"""
PYTHON = """\
2026-11-25 15:00:00,000 INFO worker starting
Traceback (most recent call last):
  File "worker.py", line 3, in <module>
    import nothing
ModuleNotFoundError: No module named 'nothing'
"""


def told(tmp_path: Path, text: str) -> tuple[str, ...]:
    """What is told of a log with this text."""
    log = tmp_path / "x.log"
    log.write_text(text)
    return telling_lines(log)


def test_envoys_critical_line_without_its_prefix(tmp_path: Path) -> None:
    assert ("error initializing config: no such file",) == told(tmp_path, ENVOY)


def test_a_tracebacks_last_line(tmp_path: Path) -> None:
    assert ("ModuleNotFoundError: No module named 'nothing'",) == told(tmp_path, PYTHON)


def test_a_line_that_is_repeated_is_told_once(tmp_path: Path) -> None:
    assert 1 == len(told(tmp_path, ENVOY * 5))


def test_not_more_than_fit_on_a_screen(tmp_path: Path) -> None:
    assert LINES_MAX == len(told(tmp_path, "".join(f"error {number}\n" for number in range(100))))


def test_the_latest_lines_where_none_speaks_of_a_fault(tmp_path: Path) -> None:
    assert ("all is", "well") == told(tmp_path, "all is\nwell\n")


def test_nothing_of_a_log_that_is_not_there(tmp_path: Path) -> None:
    assert () == telling_lines(tmp_path / "none.log")
