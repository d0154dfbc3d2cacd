"""What two configs differ in, in names."""

from dataclasses import replace

import pytest

from extproc.config.changes import changes
from extproc.config.snapshot import Snapshot
from extproc.testing.builders import a_listener, a_preference, a_provider, a_snapshot, an_agent

OLD = a_snapshot(a_provider("openai/gpt-4o"), a_provider("mistral/m"), aliases={"fast": "gpt-4o"})


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (replace(OLD, generation=7), "nothing changed"),
        (replace(OLD, aliases={"fast": "m"}), "changed aliases"),
        (replace(OLD, connect_timeout_s=9.0), "changed connect timeout s"),
        (replace(OLD, agents=(an_agent("weather"),)), "added agent weather"),
        (replace(OLD, preferences=(a_preference("code"),)), "added routing preference code"),
        (replace(OLD, providers=OLD.providers[:1]), "removed provider mistral/m"),
        (replace(OLD, providers=OLD.providers[::-1]), "changed order of providers"),
        (replace(OLD, listeners=(a_listener(port=1),)), "changed listener models"),
        (
            replace(OLD, listeners=(a_listener("other"),), aliases={}),
            "added listener other; removed listener models; changed aliases",
        ),
    ],
)
def test_each_change_is_told_by_the_name_of_what_changed(new: Snapshot, told: str) -> None:
    assert told == str(changes(OLD, new))


def test_no_value_is_told() -> None:
    secret = replace(OLD.providers[0], base_path="/sk-secret")

    assert "changed provider openai/gpt-4o" == str(
        changes(OLD, replace(OLD, providers=(secret, *OLD.providers[1:])))
    )


def test_a_long_list_is_cut() -> None:
    many = tuple(an_agent(f"agent_{number}") for number in range(100))

    assert str(changes(OLD, replace(OLD, agents=many))).endswith("agent agent_19 and 80 more")
