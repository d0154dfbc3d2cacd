"""What must hold between values, one module a subject. Each rule reports what it finds and raises nothing.

Every rule here protects the user from a config that would start and then do something else than it says.
Order does not matter: problems are told by line.
"""

from collections.abc import Callable
from typing import Final

from extproc.config.problems import Report
from extproc.config.rules import (
    agents,
    aliases,
    bedrock,
    limits,
    listeners,
    preferences,
    prompts,
    providers,
    retries,
    routers,
    sources,
)
from extproc.config.view import View

Rule = Callable[[View, Report], None]

RULES: Final[tuple[Rule, ...]] = (
    *providers.RULES,
    *bedrock.RULES,
    *aliases.RULES,
    *listeners.RULES,
    *agents.RULES,
    *preferences.RULES,
    *retries.RULES,
    *routers.RULES,
    *sources.RULES,
    *limits.RULES,
    *prompts.RULES,
)


def apply(view: View, report: Report) -> None:
    """Check every rule."""
    for rule in RULES:
        rule(view, report)
