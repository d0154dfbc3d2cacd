"""What people are told of the state service."""

import pytest

from extproc.ctl.status_view import _state
from extproc.state.load import Cooling, Picture, Reporter, StoreHealth


def a_picture(*reporters: Reporter, turns_lost: int = 0, problem: str = "") -> Picture:
    stores = [StoreHealth("memory", ["session"]), StoreHealth("sqlite", healthy=not problem, problem=problem)]
    return Picture(10.0, 0.0, "1", reporters=list(reporters), stores=stores, turns_lost=turns_lost)


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (a_picture(Reporter("a")), "memory, sqlite"),
        (
            a_picture(Reporter("a", 3, 2, 1), Reporter("b", 0, 1, 0), turns_lost=7),
            "memory, sqlite, 3 events waiting, 3 events dropped, 1 look-ups failed, 7 turns not kept",
        ),
        (a_picture(problem="the disk is full"), "memory, sqlite\nsqlite fails: the disk is full"),
        (
            a_picture(Reporter("a", coolings=[Cooling("groq/llama", 75.0)])),
            "memory, sqlite\ngroq/llama cools down, 1 min yet",
        ),
        (None, "does not answer; requests are served without it"),
    ],
    ids=["well", "losses", "a store fails", "a target cools down", "gone"],
)
def test_what_is_said_of_it(picture: Picture | None, said: str) -> None:
    """Nothing of what is as it should be."""
    assert said == _state(picture).plain
