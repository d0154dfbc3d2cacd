"""The providers we know, one row an id: everything that differs between them and is not code.

A host is given only where the provider has one public address for everybody; where the address depends on an
account, a region or an own machine (Azure, Bedrock, Qwen, Ollama), it is ``None`` and the config names it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from extproc.dialects.api import Api
from extproc.providers.profile import AuthStyle, Profile

_OPENAI_COMPATIBLE: Final = frozenset({Api.CHAT, Api.OPENAI})
_OPENAI_WITH_RESPONSES: Final = _OPENAI_COMPATIBLE | {Api.RESPONSES}


def _row(  # noqa: PLR0913 - a row of the table, read by its names
    provider: str,
    *,
    display: str | None = None,
    host: str | None = None,
    path_prefix: str = "/v1",
    auth: AuthStyle = AuthStyle.BEARER,
    apis: frozenset[Api] = _OPENAI_COMPATIBLE,
    catalogue: str | None = None,
    aliases: tuple[str, ...] = (),
    api_version: str | None = None,
) -> Profile:
    """A profile with what holds for most providers left out: `/v1`, a bearer token, OpenAI's Chat API."""
    return Profile(
        id=provider,
        display=display or provider,
        host=host,
        path_prefix=path_prefix,
        auth=auth,
        apis=apis,
        catalogue=catalogue,
        aliases=aliases,
        api_version=api_version,
    )


_ROWS: Final = (
    _row(
        "openai",
        display="OpenAI",
        host="api.openai.com",
        apis=_OPENAI_WITH_RESPONSES,
        catalogue="openai",
    ),
    _row(
        "anthropic",
        display="Anthropic",
        host="api.anthropic.com",
        auth=AuthStyle.X_API_KEY,
        apis=frozenset({Api.MESSAGES}),
        catalogue="anthropic",
    ),
    _row(
        "gemini",
        display="Gemini",
        host="generativelanguage.googleapis.com",
        path_prefix="/v1beta/openai",
        catalogue="gemini",
        aliases=("google",),
    ),
    _row("mistral", display="Mistral", host="api.mistral.ai", catalogue="mistral"),
    _row("deepseek", display="Deepseek", host="api.deepseek.com", catalogue="deepseek"),
    _row(
        "groq",
        display="Groq",
        host="api.groq.com",
        path_prefix="/openai/v1",
        catalogue="groq",
    ),
    _row("xai", host="api.x.ai", apis=_OPENAI_WITH_RESPONSES, catalogue="xai"),
    _row("together_ai", host="api.together.xyz", catalogue="together_ai", aliases=("together",)),
    _row("moonshotai", host="api.moonshot.ai", catalogue="moonshotai"),
    _row(
        "zhipu",
        host="open.bigmodel.cn",
        path_prefix="/api/paas/v4",
        catalogue="zhipu",
    ),
    # DashScope has one address a region (dashscope, dashscope-intl, dashscope-us).
    _row("qwen", path_prefix="/compatible-mode/v1", catalogue="qwen"),
    _row("xiaomi", host="api.xiaomimimo.com", catalogue="xiaomi"),
    _row("minimax", host="api.minimax.io", catalogue="minimax"),
    _row("meta", catalogue="meta"),
    _row("astraflow"),
    _row("astraflow_cn"),
    _row(
        "azure_openai",
        path_prefix="/openai/deployments/{model}",
        auth=AuthStyle.API_KEY,
        catalogue="openai",
        api_version="2025-01-01-preview",
    ),
    # Its own API, for every model it has; one address a region.
    _row(
        "amazon_bedrock",
        path_prefix="",
        apis=frozenset({Api.CONVERSE}),
        catalogue="amazon_bedrock",
        aliases=("amazon",),
    ),
    _row("github", display="GitHub", host="models.github.ai", path_prefix="/inference"),
    # The backend of a ChatGPT subscription: no API but Responses.
    _row(
        "chatgpt",
        host="chatgpt.com",
        path_prefix="/backend-api/codex",
        apis=frozenset({Api.RESPONSES}),
        catalogue="chatgpt",
    ),
    _row("digitalocean", host="inference.do-ai.run", catalogue="digitalocean", aliases=("do", "do_ai")),
    _row("vercel", host="ai-gateway.vercel.sh", apis=_OPENAI_WITH_RESPONSES | {Api.MESSAGES}),
    _row("openrouter", host="openrouter.ai", path_prefix="/api/v1"),
    _row("edenai", host="api.edenai.run", path_prefix="/v3"),
    _row("ollama"),
    # Models of the user's own (or Plano's hosted ones): where they are must be said, never assumed.
    _row("plano", display="Plano"),
)

PROFILES: Final[Mapping[str, Profile]] = MappingProxyType({row.id: row for row in _ROWS})
"""Every provider id, without the other spellings."""

_BY_NAME: Final = {name: row for row in _ROWS for name in (row.id, *row.aliases)}


def profile(name: str) -> Profile | None:
    """The provider called `name` (an id or another spelling of it, in any case), or ``None``."""
    return _BY_NAME.get(name.lower())
