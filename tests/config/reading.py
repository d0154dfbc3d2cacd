"""How the tests of the config speak: a text in, its errors or warnings as people see them out."""

from collections.abc import Mapping
from textwrap import dedent, indent

import pytest

from extproc.config.load import ConfigError, Loaded, Problem, loads

ENVIRON = {"OPENAI_API_KEY": "sk-openai", "ANTHROPIC_API_KEY": "sk-anthropic", "EMPTY": ""}

LISTENER = "listeners: [{name: llm, type: model, address: 127.0.0.1, port: 12000}]\n"
PROVIDER = "model_providers: [{model: openai/gpt-4o, access_key: $OPENAI_API_KEY}]\n"
PLAIN = f"version: v0.4.0\n{LISTENER}{PROVIDER}"
"""Three lines that are right: further sections begin in line 4."""


def load(text: str, environ: Mapping[str, str] = ENVIRON, *, require_secrets: bool = True) -> Loaded:
    """A config that must be right."""
    return loads(dedent(text), environ, require_secrets=require_secrets)


def errors(text: str, environ: Mapping[str, str] = ENVIRON, *, require_secrets: bool = True) -> list[str]:
    """The errors of a config that must be wrong, without the file's name."""
    with pytest.raises(ConfigError) as caught:
        loads(dedent(text), environ, file="c", require_secrets=require_secrets)
    return [_shown(problem) for problem in caught.value.problems]


def warnings(text: str, environ: Mapping[str, str] = ENVIRON) -> list[str]:
    """The warnings of a config that must be right, without the file's name."""
    loaded = loads(dedent(text), environ, file="c")
    return [_shown(problem) for problem in loaded.warnings]


def _shown(problem: Problem) -> str:
    return str(problem).removeprefix("c:").lstrip()


def plus(section: str) -> str:
    """`PLAIN` and a further section, which begins in line 4."""
    return PLAIN + dedent(section).lstrip("\n")


def with_providers(entries: str) -> str:
    """A config whose providers are `entries`, a YAML list that begins in line 4."""
    return f"version: v0.4.0\n{LISTENER}model_providers:\n{indent(dedent(entries).strip(), '  ')}\n"


def with_listeners(entries: str, rest: str = "") -> str:
    """A config whose listeners are `entries`, a YAML list that begins in line 4."""
    return f"version: v0.4.0\n{PROVIDER}listeners:\n{indent(dedent(entries).strip(), '  ')}\n{dedent(rest)}"
