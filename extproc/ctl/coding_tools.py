"""The coding tools that ``planoctl cli-agent`` starts, and how each is told where to send its requests."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

SMALL_MODEL_ALIAS: Final = "arch.claude.code.small.fast"
"""Plano's name for the model of Claude Code's small tasks."""

CODEX_MODEL: Final = "gpt-5.3-codex"
"""Plano's choice where the settings name none."""

NO_KEY: Final = "test"
"""The tools want a key; the gateway has those of the providers, and reads none here."""


@dataclass(frozen=True, slots=True)
class Launch:
    """A command and what its environment has beside ours."""

    argv: tuple[str, ...]
    environ: Mapping[str, str]


def claude(
    url: str, aliases: Sequence[str], settings: Mapping[str, Any], environ: Mapping[str, str]
) -> Launch:
    """Claude Code; https://docs.anthropic.com/en/docs/claude-code/settings names its variables."""
    told = {
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_AUTH_TOKEN": NO_KEY,
        "API_TIMEOUT_MS": "600000",
    }
    small = settings.get("ANTHROPIC_SMALL_FAST_MODEL")
    if small is None and SMALL_MODEL_ALIAS in aliases:
        small = SMALL_MODEL_ALIAS
    if small is not None:
        told["ANTHROPIC_SMALL_FAST_MODEL"] = str(small)
    return Launch(("claude",), told | _unattended(settings, environ))


def codex(
    url: str, _aliases: Sequence[str], settings: Mapping[str, Any], environ: Mapping[str, str]
) -> Launch:
    """Codex speaks the Responses API."""
    model = str(settings.get("CODEX_MODEL", CODEX_MODEL))
    told = {"OPENAI_BASE_URL": f"{url}/v1", "OPENAI_API_KEY": NO_KEY}
    return Launch(("codex", "--model", model), told | _unattended(settings, environ))


def _unattended(settings: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    """Plano's ``NON_INTERACTIVE_MODE``: no colours, no questions."""
    asked = settings.get("NON_INTERACTIVE_MODE", environ.get("NON_INTERACTIVE_MODE", ""))
    if str(asked).lower() not in ("1", "true", "yes"):
        return {}
    return {"CI": "true", "FORCE_COLOR": "0", "NODE_NO_READLINE": "1", "TERM": "dumb"}


Tool = Callable[[str, Sequence[str], Mapping[str, Any], Mapping[str, str]], Launch]

TOOLS: Final[Mapping[str, Tool]] = {"claude": claude, "codex": codex}
"""By the name of the command."""
