"""What agents and their listeners come to."""

import pytest

from extproc.config.snapshot import Agent, AgentUpstream
from tests.config.reading import load, plus, with_listeners


def agents(entries: str) -> tuple[Agent, ...]:
    return load(plus(f"agents: [{entries}]")).snapshot.agents


def test_an_agent_is_a_cluster() -> None:
    """Named after it; the path is kept for its requests."""
    expected = Agent(
        id="weather_agent",
        url="http://localhost:10510/api/",
        upstream=AgentUpstream(
            cluster="agent_weather_agent",
            addresses=(("localhost", 10510),),
            tls=False,
            authority="localhost:10510",
        ),
        base_path="/api",
    )

    assert (expected,) == agents("{id: weather_agent, url: 'http://localhost:10510/api/'}")


def test_replicas_are_further_addresses() -> None:
    """In order, each once, whether the url stands among them or not."""
    entry = "{id: a, url: 'https://h', replicas: ['https://h:8443', 'https://h:443', 'https://10.0.0.1']}"
    upstream = agents(entry)[0].upstream

    assert upstream is not None
    assert (("h", 443), ("h", 8443), ("10.0.0.1", 443)) == upstream.addresses
    assert (True, "h") == (upstream.tls, upstream.authority)


def test_ids_that_would_share_a_clusters_name_do_not() -> None:
    """Envoy's statistics split names at some characters."""
    found = agents("{id: 'a b', url: http://x}, {id: 'a:b', url: http://y}, {id: c, url: http://z}")
    names = [agent.upstream.cluster for agent in found if agent.upstream]

    assert 3 == len(set(names))
    assert "agent_c" == names[2]
    assert all(name.startswith("agent_a-b_") for name in names[:2])


@pytest.mark.parametrize(("written", "passes"), [("", False), (", passthrough_auth: true", True)])
def test_an_agent_sees_the_clients_credential_only_if_it_is_said(written: str, passes: bool) -> None:
    """It is a server of its own."""
    assert passes == agents(f"{{id: a, url: http://x{written}}}")[0].passthrough_auth


@pytest.mark.parametrize(
    ("written", "model", "router"),
    [
        ("", "", "cascade"),
        (", router: cascade", "", "cascade"),
        (", router: embedded", "gpt-4o", "embedded"),
        (", router: model", "gpt-4o", "model"),
        (", router: plano_orchestrator_v1", "gpt-4o", "model"),
        (", router: plano_orchestrator_v1", "", "embedded"),
        (", router: plano_orchestrator_v1", "Plano-Orchestrator", "embedded"),
    ],
)
def test_who_chooses_among_agents(written: str, model: str, router: str) -> None:
    """Plano's word for it stands for what there is."""
    rest = "agents: [{id: a, url: http://x}]\n"
    rest += f"overrides: {{agent_orchestration_model: {model}}}" if model else ""
    text = with_listeners(f"- {{name: l, type: agent, port: 1, agents: [{{id: a}}]{written}}}", rest)

    assert router == load(text).snapshot.listeners[0].router


def test_how_agents_work_together_is_kept() -> None:
    """And is served."""
    entry = "{name: l, type: agent, port: 1, agents: [{id: a}], chain: concat, on_agent_error: skip}"
    listener = load(with_listeners(f"- {entry}", "agents: [{id: a, url: http://x}]")).snapshot.listeners[0]

    assert ("concat", "skip", True) == (listener.chain, listener.on_agent_error, listener.served)
