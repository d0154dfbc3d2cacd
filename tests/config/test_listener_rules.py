"""What must hold between listeners, agents and filters."""

import pytest

from tests.config.reading import errors, load, warnings, with_listeners

AGENTS = """\
agents:
  - {id: weather, url: http://w, description: Weather}
  - {id: flights, url: http://f}
filters:
  - {id: guard, type: http, url: http://g}
"""
LOCAL = "type: model, address: 127.0.0.1"


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (
            f"- {{name: a, {LOCAL}, port: 1}}\n- {{name: a, {LOCAL}, port: 2}}",
            "5: listeners[1].name: a is another listener's name (see line 4)",
        ),
        (
            f"- {{name: a, {LOCAL}, port: 1}}\n- {{name: b, {LOCAL}, port: 1}}",
            "5: listeners[1].port: 1 is another listener's port (see line 4)",
        ),
        (
            f"- {{name: a, {LOCAL}, port: 12000}}\n- {{name: b, {LOCAL}}}",
            "5: listeners[1].port: 12000 is another listener's port (see line 4)",
        ),
        (
            "- {name: a, type: prompt, port: 12000}",
            (
                "3: listeners: port 12000 is needed for the model listener that is added where there is none"
                " (see line 4; or add a listener of type model)"
            ),
        ),
        (
            "- {name: a, type: agent, agents: [{id: weather}]}",
            "4: listeners[0].port: is required for a listener of type agent",
        ),
        (
            "- {name: a, type: agent, port: 1}",
            "4: listeners[0].agents: a listener of type agent needs at least one",
        ),
        (
            f"- {{name: a, {LOCAL}, agents: [{{id: weather}}]}}",
            "4: listeners[0].agents: only a listener of type agent has agents",
        ),
        (
            "- {name: a, type: agent, port: 1, agents: [{id: wether}]}",
            "4: listeners[0].agents[0].id: there is no agent wether (did you mean weather?)",
        ),
        (
            "- {name: a, type: agent, port: 1, agents: [{id: zzz}]}",
            "4: listeners[0].agents[0].id: there is no agent zzz (there is weather, flights)",
        ),
        (
            "- {name: a, type: agent, port: 1, agents: [{id: weather}, {id: weather}]}",
            "4: listeners[0].agents[1].id: weather stands twice in this listener",
        ),
        (
            "- {name: a, type: agent, port: 1, agents: [{id: weather}, {id: flights}]}",
            (
                "4: listeners[0].agents[1].description: is required where there are several agents"
                " (descriptions are the routing table: say what the agent is for)"
            ),
        ),
        (
            (
                "- {name: a, type: agent, port: 1, agents: [{id: weather, default: true},"
                " {id: flights, description: d, default: true}]}"
            ),
            "4: listeners[0].agents[1].default: only one agent can be the default",
        ),
        (
            f"- {{name: a, {LOCAL}, input_filters: [gard]}}",
            "4: listeners[0].input_filters[0]: there is no filter gard (did you mean guard?)",
        ),
        (
            f"- {{name: a, {LOCAL}, output_filters: [guard, gard]}}",
            "4: listeners[0].output_filters[1]: there is no filter gard (did you mean guard?)",
        ),
        (
            "- {name: a, type: agent, port: 1, agents: [{id: weather, input_filters: [gard]}]}",
            "4: listeners[0].agents[0].input_filters[0]: there is no filter gard (did you mean guard?)",
        ),
        (
            f"- {{name: outbound, {LOCAL}}}",
            "4: listeners[0].name: outbound is the name of the gateway's own listener",
        ),
        (
            "- {name: a, type: agent, port: 1, router: model, agents: [{id: weather}]}",
            (
                "4: listeners[0].router: needs a router model"
                " (set overrides.agent_orchestration_model, or use cascade)"
            ),
        ),
    ],
)
def test_an_error_of_a_listener(entries: str, message: str) -> None:
    """Plano validated neither agent ids nor an agent's own filters."""
    assert [message] == errors(with_listeners(entries, AGENTS))


def test_one_agent_needs_no_description() -> None:
    """Nobody chooses."""
    text = with_listeners("- {name: a, type: agent, port: 1, agents: [{id: flights}]}", AGENTS)

    assert "" == load(text).snapshot.listeners[0].agents[0].description


@pytest.mark.parametrize(
    ("listener", "message"),
    [
        (f"{LOCAL}, router: embedded", "router: has no effect for a listener of type model"),
        (f"{LOCAL}, chain: concat", "chain: has no effect for a listener of type model"),
        (f"{LOCAL}, on_agent_error: skip", "on_agent_error: has no effect for a listener of type model"),
        (
            "type: agent, address: 127.0.0.1, port: 1, max_retries: 2, agents: [{id: weather}]",
            (
                "max_retries: has no effect for a listener of type agent (an agent may have acted already:"
                " it is tried again only where it was not reached)"
            ),
        ),
    ],
)
def test_a_key_of_the_other_type_of_listener_is_warned_of(listener: str, message: str) -> None:
    """It would be thought to do something."""
    text = with_listeners(f"- {{name: a, {listener}}}", AGENTS.replace("filters:", "x:").partition("x:")[0])

    assert f"4: listeners[0].{message}" in warnings(text)


def test_several_model_listeners_are_right() -> None:
    """Plano allows one."""
    text = with_listeners(f"- {{name: a, {LOCAL}, port: 1}}\n- {{name: b, {LOCAL}, port: 2}}")

    assert [("a", 1), ("b", 2)] == [(item.name, item.port) for item in load(text).snapshot.listeners]


def test_an_agent_may_be_a_filter() -> None:
    """Plano looks ids of filters up among agents too."""
    text = with_listeners(f"- {{name: a, {LOCAL}, input_filters: [weather]}}", AGENTS)

    assert load(text)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (
            "agents: [{id: a, url: http://x}, {id: a, url: http://y}]",
            "agents[1].id: a is the id of another agent or filter (see line 5)",
        ),
        (
            "agents: [{id: a, url: http://x}]\nfilters: [{id: a, url: http://y}]",
            "filters[0].id: a is the id of another agent or filter (see line 5)",
        ),
        ("filters: [{id: a}]", "filters[0].url: is required for a filter of type mcp"),
        ("filters: [{id: a, type: http}]", "filters[0].url: is required for a filter of type http"),
        (
            "agents: [{id: a, url: http://x/p, replicas: [http://y/p, http://y, https://y/p]}]",
            "agents[0].replicas[1]: must have the scheme and path of url (http://…/p)",
        ),
        (
            "filters: [{id: a, type: python}]",
            "filters[0].path: must be file.py:Class for a filter of type python",
        ),
        (
            "filters: [{id: a, type: python, path: x.py}]",
            "filters[0].path: must be file.py:Class for a filter of type python",
        ),
    ],
)
def test_an_error_of_an_agent_or_filter(section: str, message: str) -> None:
    """Built-in filters need no url."""
    found = errors(with_listeners(f"- {{name: a, {LOCAL}}}", section))

    assert message == found[0].partition(": ")[2]


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (
            "filters: [{id: a, type: pii, url: http://x}]",
            "5: filters[0].url: has no effect for a filter of type pii",
        ),
        (
            "filters: [{id: a, type: http, url: http://x, tool: t}]",
            "5: filters[0].tool: has no effect for a filter of type http",
        ),
    ],
)
def test_a_warning_about_a_filter(section: str, message: str) -> None:
    """Keys of another type."""
    assert message in warnings(with_listeners(f"- {{name: a, {LOCAL}}}", section))


@pytest.mark.parametrize(
    ("listener", "open_"),
    [
        ("type: model", True),
        ("type: model, address: 0.0.0.0", True),
        ("type: model, address: '::'", True),
        ("type: model, address: 10.1.2.3", True),
        ("type: model, address: 127.0.0.1", False),
        ("type: model, address: 127.8.0.1", False),
        ("type: model, address: localhost", False),
        ("type: model, address: '::1'", False),
    ],
)
def test_a_listener_that_others_reach_is_warned_of_loudly(listener: str, open_: bool) -> None:
    """Whoever reaches it spends the keys."""
    found = warnings(with_listeners(f"- {{name: llm, {listener}}}"))

    assert open_ == any("OPEN: whoever reaches" in warning for warning in found)


def test_the_loud_warning_names_the_place() -> None:
    """And what to do."""
    assert [
        (
            "4: listeners[0].address: OPEN: whoever reaches 0.0.0.0 port 12000 (llm) can use your provider"
            " keys (address: 127.0.0.1, or tls with client_ca)"
        )
    ] == warnings(with_listeners("- {name: llm, type: model}"))


def test_an_agent_listener_that_others_reach_is_warned_of_too() -> None:
    """Agents use models."""
    text = with_listeners(
        "- {name: a, type: agent, port: 1, agents: [{id: weather}]}\n- {name: m, " + LOCAL + "}", AGENTS
    )
    message = "OPEN: whoever reaches 0.0.0.0 port 1 (a) can use your agents, and models through them"

    assert f"4: listeners[0].address: {message} (address: 127.0.0.1, or tls with client_ca)" in warnings(text)


def test_where_no_key_is_at_stake_nothing_is_warned_of() -> None:
    """The client's own credential passes."""
    text = with_listeners("- {name: llm, type: model}").replace(
        "access_key: $OPENAI_API_KEY", "passthrough_auth: true"
    )

    assert [] == warnings(text)
