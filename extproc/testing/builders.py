"""Values for tests, made from the one thing a test is about; everything else is ordinary.

rules = Rules.of(a_snapshot(a_provider("openai/gpt-4o", default=True), aliases={"fast": "gpt-4o"}))
"""

from collections.abc import Mapping

from extproc.config.secret import SecretRef
from extproc.config.snapshot import Listener, Provider, Snapshot, Upstream
from extproc.limits import BODY_BYTES_MAX
from extproc.providers.table import profile


def a_provider(
    model: str = "openai/gpt-4o",
    *,
    name: str | None = None,
    interface: str | None = None,
    default: bool = False,
    base_path: str | None = None,
    internal: bool = False,
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
        internal=internal,
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


def a_snapshot(*providers: Provider, aliases: Mapping[str, str] | None = None) -> Snapshot:
    """A model listener with `providers`, or with one of OpenAI's models."""
    return Snapshot(
        generation=1,
        listeners=(a_listener(),),
        providers=providers or (a_provider(),),
        aliases=aliases or {},
    )
