"""Several logs as one."""

from pathlib import Path

import pytest

from extproc.ctl.logs_view import Source, latest, stamp


def test_lines_of_several_logs_are_ordered_by_their_times(tmp_path: Path) -> None:
    first, second = tmp_path / "a.log", tmp_path / "b.log"
    first.write_text("2026-01-01 10:00:00,001 one\n2026-01-01 10:00:00,003 three\n")
    second.write_text("[2026-01-01 10:00:00.002][7][info] two\n")

    lines = latest([Source("a", first), Source("b", second)], 10)

    assert ["one", "two", "three"] == [line.split()[-1] for _, line in lines]


def test_a_line_without_a_time_stays_behind_the_line_before(tmp_path: Path) -> None:
    first, second = tmp_path / "a.log", tmp_path / "b.log"
    first.write_text("2026-01-01 10:00:00,001 Traceback\n  File x\nValueError\n")
    second.write_text("2026-01-01 10:00:00,002 later\n")

    lines = latest([Source("b", second), Source("a", first)], 10)

    assert "ValueError" == lines[2][1]


def test_only_the_last_ones_are_given(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("".join(f"2026-01-01 10:00:00,{number:03d} {number}\n" for number in range(20)))

    assert ["18", "19"] == [line.split()[-1] for _, line in latest([Source("a", log)], 2)]


def test_half_a_line_is_kept_until_the_rest_is_there(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("whole\nha")
    source = Source("a", log)

    before = source.lines()
    with log.open("a") as file:
        file.write("lf\n")

    assert (["whole"], ["half"]) == (before, source.lines())


def test_a_log_that_was_begun_anew_is_read_from_its_start(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("a long first line\n")
    source = Source("a", log)
    source.lines()

    log.write_text("new\n")

    assert ["new"] == source.lines()


def test_a_log_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert [] == Source("a", tmp_path / "none.log").lines()


@pytest.mark.parametrize("text", ["no time", "2026-13-99", ""])
def test_a_line_without_a_time_has_none(text: str) -> None:
    assert stamp(text) is None


def test_a_time_in_utc_and_a_local_one_are_compared_as_moments() -> None:
    utc, local = stamp('{"time":"2026-01-01T10:00:00.000Z"}'), stamp("2026-01-01 10:00:00,000 x")

    assert utc is not None
    assert local is not None
    assert utc - local == local.utcoffset()
