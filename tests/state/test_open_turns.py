"""Two witnesses, in any order, one of them perhaps silent: each exchange is one turn."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.limits import STATE_GAP_S, STATE_OPEN_TURNS_MAX, STATE_TURN_S_MAX, STATE_WITNESS_S
from extproc.state.open_turns import OpenTurns
from extproc.state.turn import Call, Latency, Turn, Usage


@dataclass
class Scene:
    """The turns, with a clock that is set by hand. Envoy is connected, unless it is said otherwise."""

    now: float = 1000.0
    ended: list[Turn] = field(default_factory=list)
    again: list[Turn] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.turns = OpenTurns(self.ended.append, self.again.append, lambda: self.now)
        self.turns.hears(1)

    def began(self, request_id: str = "r", **more: Any) -> None:
        known = {"provider": "openai", "began": self.now, **more}
        self.turns.told(Turn(request_id, **known), over=False)

    def over(self, request_id: str = "r", ending: str = "routed", **more: Any) -> None:
        known = {"provider": "openai", "began": self.now, **more}
        self.turns.told(Turn(request_id, ending=ending, **known), over=True)

    def logged(self, request_id: str = "r", **more: Any) -> None:
        self.turns.logged(Turn(request_id, **{"status": 200, "ended": self.now, **more}))

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.turns.settle()


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_turn_has_what_both_know(scene: Scene) -> None:
    """Whoever speaks first."""
    scene.over(model="gpt-4o", usage=Usage(5, 7), latency=Latency(exchange_ms=1.0))
    scene.logged(cluster="c", flags=["DC"], latency=Latency(total_ms=9.0))

    [turn] = scene.ended
    assert ["access_log", "event"] == turn.sources
    assert ("openai", "gpt-4o", 200, "c", ["DC"]) == (
        *(turn.provider, turn.model, turn.status, turn.cluster, turn.flags),
    )
    assert (Usage(5, 7), Latency(total_ms=9.0, exchange_ms=1.0)) == (turn.usage, turn.latency)


Word = tuple[str, str]
WORDS: list[Word] = [("began", "a"), ("over", "a"), ("logged", "a"), ("over", "b"), ("logged", "b")]


@given(st.permutations(WORDS), st.lists(st.sampled_from(WORDS), max_size=4))
def test_each_exchange_is_one_turn_whatever_the_order_and_however_often_it_is_told(
    order: list[Word], again: list[Word]
) -> None:
    """A batch may be told twice."""
    scene = Scene()
    for word, request_id in [*order, *again]:
        getattr(scene, word)(request_id)

    assert ["a", "b"] == sorted(turn.request_id for turn in scene.ended)
    assert {("access_log", "event")} == {tuple(turn.sources) for turn in scene.ended}
    assert {} == scene.turns.open


def test_what_is_in_flight_is_what_somebody_is_at_work_on(scene: Scene) -> None:
    """From the decision to Envoy's word; our own replies never are."""
    scene.over("sent")
    scene.began("translated")
    scene.over("refused", ending="replied", error_code="model_not_found")
    scene.began("aborted")
    scene.over("aborted", ending="aborted")
    scene.over("done")
    scene.logged("done")

    assert ["sent", "translated"] == [turn.request_id for turn in scene.turns.in_flight()]


def test_an_answer_may_stream_for_long(scene: Scene) -> None:
    """Envoy is there, and has not said that it is over."""
    scene.over()
    scene.wait(STATE_TURN_S_MAX - 1.0)
    assert [] == scene.ended

    scene.wait(1.0)
    assert [["event"]] == [turn.sources for turn in scene.ended]


@pytest.mark.parametrize("streams", [(0, 1), (2, 1)], ids=["all", "one of several"])
def test_what_began_before_a_gap_in_envoys_log_is_not_waited_for(
    scene: Scene, streams: tuple[int, int]
) -> None:
    """Its entry may be lost: the service was gone, or an Envoy. If it comes after all, it is late news."""
    scene.turns.hears(2)
    scene.over("before")
    scene.wait(1.0)
    for number in streams:
        scene.turns.hears(number)
    scene.over("after")
    scene.wait(STATE_GAP_S)

    assert (["before"], ["after"]) == ([turn.request_id for turn in scene.ended], list(scene.turns.open))


def test_what_began_before_the_service_did_is_not_waited_for(scene: Scene) -> None:
    """Another one may have heard of it."""
    scene.over("before", began=scene.now - 1.0)
    scene.wait(STATE_GAP_S)

    assert ["before"] == [turn.request_id for turn in scene.ended]


def test_without_envoys_log_a_turn_stands_by_itself(scene: Scene) -> None:
    """Nobody waits for what will not come."""
    scene.turns.hears(0)
    scene.over(began=990.0)
    scene.wait(STATE_WITNESS_S)

    [turn] = scene.ended
    assert (["event"], 990.0, 1000.0, False) == (turn.sources, turn.began, turn.ended, turn.failed)


def test_what_only_envoy_knows_stands_by_itself(scene: Scene) -> None:
    """The external processor was down."""
    scene.logged(status=503, flags=["UF"])
    scene.wait(STATE_WITNESS_S - 1.0)
    assert [] == scene.ended

    scene.wait(1.0)
    assert [(["access_log"], 503, True)] == [(t.sources, t.status, t.failed) for t in scene.ended]


def test_our_own_reply_waits_only_a_little_for_envoys_word(scene: Scene) -> None:
    """It was the end of the exchange."""
    scene.over(ending="replied", error_code="model_not_found", status=404)
    scene.wait(STATE_WITNESS_S)

    assert [404] == [turn.status for turn in scene.ended]


def test_late_news_is_added_and_the_turn_is_kept_once_more(scene: Scene) -> None:
    """It does not count twice."""
    scene.turns.hears(0)
    scene.over()
    scene.wait(STATE_WITNESS_S)
    scene.logged(status=429)

    assert (1, 1) == (len(scene.ended), len(scene.again))
    assert (429, True, "openai") == (scene.again[0].status, scene.again[0].failed, scene.again[0].provider)


def test_the_status_is_what_the_client_got(scene: Scene) -> None:
    """Not the one that we wanted to give, when Envoy says otherwise."""
    scene.logged(status=200)
    scene.over(ending="replied", status=502, error_code="provider_failed")

    assert [200] == [turn.status for turn in scene.ended]


@pytest.mark.parametrize("first", ["over", "logged"])
def test_the_target_is_the_one_that_answered_in_the_end(scene: Scene, first: str) -> None:
    """The first one had failed; whoever speaks first."""
    words = {
        "over": lambda: scene.over(model="first", alternatives=["other/second"]),
        "logged": lambda: scene.logged(provider="other", model="second"),
    }
    for word in sorted(words, key=lambda word: word != first):
        words[word]()

    [turn] = scene.ended
    assert ("other", "second", ["other/second"]) == (turn.provider, turn.model, turn.alternatives)


def test_calls_belong_to_the_exchange_that_they_were_made_for(scene: Scene) -> None:
    """They may be told of before it is."""
    scene.turns.called("r", Call("agent_a", 200, 12.0))
    scene.began(agents=["a", "b"])
    scene.turns.called("r", Call("agent_b", 200, 13.0))
    scene.over()
    scene.logged()

    assert [["agent_a", "agent_b"]] == [[call.cluster for call in turn.calls] for turn in scene.ended]


def test_calls_of_an_exchange_of_which_nobody_tells_are_forgotten(scene: Scene) -> None:
    """No turn is made of them."""
    scene.turns.called("nobody", Call("agent_a"))
    scene.wait(STATE_WITNESS_S)

    assert ([], {}) == (scene.ended, scene.turns.open)


def test_there_is_a_bound_to_what_is_open(scene: Scene) -> None:
    """The oldest is taken to have ended."""
    for number in range(STATE_OPEN_TURNS_MAX + 1):
        scene.over(str(number))

    assert ["0"] == [turn.request_id for turn in scene.ended]
    assert STATE_OPEN_TURNS_MAX == len(scene.turns.open)


def test_at_the_end_all_that_is_open_is_kept(scene: Scene) -> None:
    scene.began("a")
    scene.over("b")
    scene.turns.close()

    assert ["a", "b"] == [turn.request_id for turn in scene.ended]
