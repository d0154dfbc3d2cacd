"""The pace of restarts."""

from extproc.limits import RESTART_DELAY_FIRST_S, RESTART_DELAY_MAX_S, RESTART_STABLE_S
from extproc.supervise.backoff import Backoff


def test_the_wait_doubles_with_each_early_death() -> None:
    backoff = Backoff()

    waits = [backoff.after(0.0) for _ in range(4)]

    assert [RESTART_DELAY_FIRST_S * factor for factor in (1, 2, 4, 8)] == waits


def test_the_wait_has_an_upper_bound_however_often_it_dies() -> None:
    backoff = Backoff(quick_deaths=10_000)

    assert RESTART_DELAY_MAX_S == backoff.after(0.0)


def test_a_stable_life_makes_the_next_restart_fast_again() -> None:
    backoff = Backoff(quick_deaths=20)

    assert RESTART_DELAY_FIRST_S == backoff.after(RESTART_STABLE_S)


def test_failing_is_reported_once_a_series() -> None:
    backoff = Backoff()
    reported = []
    for _ in range(12):
        backoff.after(0.0)
        reported.append(backoff.begins_to_fail)

    assert 1 == sum(reported)
