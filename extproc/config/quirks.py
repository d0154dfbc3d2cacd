"""What single providers need besides a profile, filled into their entries as if the user had written it."""

from uuid import NAMESPACE_URL, uuid5

from pydantic import SecretStr

from extproc.config import urls
from extproc.config.model_name import parse
from extproc.config.models.providers import ProviderConfig


def completed(provider: ProviderConfig) -> ProviderConfig:
    """The entry with what its provider needs; what the user wrote is never replaced."""
    name = parse(provider.model)
    host = urls.parse(provider.base_url).host if provider.base_url else ""
    if name.prefix.lower() == "chatgpt":
        return _chatgpt(provider)
    if host == "api.kimi.com" or name.id == "kimi-for-coding":
        return _kimi_coding(provider)
    return provider


def _chatgpt(provider: ProviderConfig) -> ProviderConfig:
    """A ChatGPT subscription answers the Codex client alone.

    Without a key the client's own credential passes, and with it the account header that belongs to it. The
    session id is the same at each start: everything made from the config must be (cluster names are).
    """
    headers = {
        "originator": "codex_cli_rs",
        "user-agent": "codex_cli_rs/0.0.0 (Unknown 0; unknown) unknown",
        "session_id": str(uuid5(NAMESPACE_URL, provider.model)),
    }
    if provider.access_key is not None:
        headers["chatgpt-account-id"] = "$CHATGPT_ACCOUNT_ID"
    return provider.model_copy(
        update={
            "headers": _with_defaults(provider, headers),
            "passthrough_auth": provider.passthrough_auth or provider.access_key is None,
        }
    )


def _kimi_coding(provider: ProviderConfig) -> ProviderConfig:
    """Kimi's coding plan answers coding agents alone, below ``/coding/v1``."""
    base_url = provider.base_url
    if base_url and urls.parse(base_url).path.endswith("/coding"):
        base_url = base_url.rstrip("/") + "/v1"
    headers = _with_defaults(provider, {"user-agent": "KimiCLI/1.3"})
    return provider.model_copy(update={"base_url": base_url, "headers": headers})


def _with_defaults(provider: ProviderConfig, defaults: dict[str, str]) -> dict[str, SecretStr]:
    written = {name.lower() for name in provider.headers}
    added = {name: SecretStr(value) for name, value in defaults.items() if name not in written}
    return {**provider.headers, **added}
