"""Values for tests, made from the one thing a test is about; everything else is ordinary.

rules = Rules.of(a_snapshot(a_provider("openai/gpt-4o", default=True), aliases={"fast": "gpt-4o"}))
"""

from collections.abc import Mapping
from typing import Literal

from extproc.config.retry import RetryPolicy
from extproc.config.secret import SecretRef
from extproc.config.snapshot import (
    Agent,
    AgentUpstream,
    Listener,
    ListenerAgent,
    Preference,
    Provider,
    RouterKind,
    Snapshot,
    Upstream,
)
from extproc.limits import BODY_BYTES_MAX
from extproc.providers.table import profile


def a_provider(
    model: str = "openai/gpt-4o",
    *,
    name: str | None = None,
    interface: str | None = None,
    default: bool = False,
    base_path: str | None = None,
    retry_policy: RetryPolicy | None = None,
) -> Provider:
    """An entry of ``model_providers``; `interface` is the provider id where the prefix is another name."""
    prefix, _, model_id = model.partition("/")
    known = profile(interface or prefix)
    assert known is not None, f"no such provider: {interface or prefix}"
    host = known.host or f"{prefix}.test"
    return Provider(
        name=name or model,
        prefix=prefix,
        model=model_id,
        profile=known,
        upstream=Upstream(
            cluster=f"{prefix}_{host}_443",
            host=host,
            port=443,
            tls=True,
            authority=host,
            auth=known.auth,
            credential=SecretRef("env", f"{prefix.upper()}_API_KEY"),
        ),
        base_path=base_path,
        default=default,
        retry_policy=retry_policy,
    )


def a_listener(name: str = "models", *, port: int = 12000) -> Listener:
    """A model listener on loopback."""
    return Listener(
        name=name,
        kind="model",
        address="127.0.0.1",
        port=port,
        timeout_s=None,
        max_retries=0,
        max_body_bytes=BODY_BYTES_MAX,
    )


def an_agent(agent_id: str = "weather_agent", *, port: int = 10510, base_path: str = "") -> Agent:
    """An agent on loopback, by plain HTTP."""
    return Agent(
        id=agent_id,
        url=f"http://127.0.0.1:{port}{base_path}",
        upstream=AgentUpstream(
            cluster=f"agent_{agent_id}",
            addresses=(("127.0.0.1", port),),
            tls=False,
            authority=f"127.0.0.1:{port}",
        ),
        base_path=base_path,
    )


def an_agent_listener(
    *agents: ListenerAgent | str, name: str = "assistant", port: int = 8001, router: RouterKind = "cascade"
) -> Listener:
    """An agent listener on loopback; an agent of which only the id is given is described by it."""
    return Listener(
        name=name,
        kind="agent",
        address="127.0.0.1",
        port=port,
        timeout_s=None,
        max_retries=0,
        max_body_bytes=BODY_BYTES_MAX,
        agents=tuple(
            ListenerAgent(agent, agent.replace("_", " ")) if isinstance(agent, str) else agent
            for agent in agents
        ),
        router=router,
    )


def a_preference(
    name: str = "code",
    *models: str,
    description: str = "",
    prefer: Literal["cheapest", "fastest", "none"] = "none",
) -> Preference:
    """A routing preference, by default for the model that `a_provider` makes."""
    return Preference(name, description or f"writing {name}", models or ("openai/gpt-4o",), prefer)


def a_snapshot(*providers: Provider, aliases: Mapping[str, str] | None = None) -> Snapshot:
    """A model listener with `providers`, or with one of OpenAI's models."""
    return Snapshot(
        generation=1,
        listeners=(a_listener(),),
        providers=providers or (a_provider(),),
        aliases=aliases or {},
    )
