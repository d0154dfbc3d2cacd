"""What each provider, agent and model has to do."""

from extproc.limits import STATE_LOADS_MAX
from extproc.state.load import Load
from extproc.state.tally import Tally, agents_of, models_of, providers_of
from extproc.state.turn import Turn, Usage

CHAT = Turn("1", began=5.0, provider="openai/*", model="gpt-4o", usage=Usage(10, 2))
FAILED = Turn("2", began=6.0, provider="openai/*", model="gpt-4o", failed=True)
CHAIN = Turn("3", began=7.0, agents=["weather", "flights"])


def test_turns_and_tokens_are_added_up() -> None:
    tally = Tally(providers_of)
    for turn in (CHAT, FAILED, CHAIN):
        tally.count(turn)

    assert [Load("openai/*", 0, 2, 1, 10, 2, last=6.0)] == tally.loads([])


def test_a_model_is_called_by_its_providers_name_and_its_own() -> None:
    """A wildcard's entry is many models."""
    tally = Tally(models_of)
    tally.count(CHAT)

    assert ["openai/gpt-4o"] == [load.name for load in tally.loads([])]


def test_what_is_in_flight_is_counted_as_it_is_asked_for() -> None:
    """For each agent that works on it; nothing of it stays."""
    tally = Tally(agents_of)
    tally.count(CHAIN)

    busy = tally.loads([CHAIN, CHAT, Turn("4", began=8.0, agents=["new"])])
    assert [("flights", 1, 1), ("new", 1, 0), ("weather", 1, 1)] == [
        (load.name, load.in_flight, load.turns) for load in busy
    ]
    assert ["flights", "weather"] == [load.name for load in tally.loads([])]


def test_names_of_the_clients_choice_do_not_pile_up() -> None:
    """A wildcard takes any model; those used longest ago make room."""
    tally = Tally(models_of)
    for number in range(STATE_LOADS_MAX + 5):
        tally.count(Turn("r", provider="p", model=f"m{number:04}"))

    names = [load.name for load in tally.loads([])]
    assert (STATE_LOADS_MAX, "p/m0005") == (len(names), names[0])
