"""Which names of models and filters a config defines: what other sections may refer to."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from extproc.config.model_name import parse
from extproc.config.profiles import profile_of
from extproc.config.view import View
from extproc.providers.catalogue import known_models

_COMPARED_MAX: Final = 300
"""Names that one is compared with: comparing takes some microseconds each, and every name may be wrong."""


class Models:
    """The names that a request may use and find a provider by, aliases apart."""

    def __init__(self, view: View) -> None:
        self.written: dict[str, None] = {}
        """Names that stand in the config: full, bare, and the entries' own."""
        self._prefixes: set[str] = set()
        self._catalogued: set[str] = set()
        for item in view.providers:
            name, profile = parse(item.value.model), profile_of(item.value)
            self.written[item.value.model] = None
            if not name.wildcard:
                self.written[name.id] = None
                self.written |= {item.value.name: None} if item.value.name else {}
                continue
            self._prefixes.add(name.prefix)
            if profile is not None and profile.catalogue is not None:
                self._catalogued.update(known_models(profile.catalogue))

    def __contains__(self, name: str) -> bool:
        prefix, _, model = name.partition("/")
        by_wildcard = bool(model) and model != "*" and prefix in self._prefixes
        exact = name in self.written and not name.endswith("/*")
        return exact or by_wildcard or name in self._catalogued

    def nearest(self, name: str) -> str | None:
        """A hint for a name that is not there."""
        return nearest(name, self.written)


def router_model(written: str | None, view: View) -> str | None:
    """The name by which a router model can be asked; ``None``: nobody offers it.

    Where nobody offers it as it is written, what follows its provider counts, as in Plano.
    """
    if written is None:
        return None
    models = Models(view)
    if written in view.config.model_aliases or written in models:
        return written
    bare = written.partition("/")[2]
    return bare if bare in models.written and not bare.endswith("*") else None


def router_models(view: View) -> tuple[str | None, str | None]:
    """Who chooses among agents, and who among preferences.

    The orchestrator stands in for a missing router of preferences, as in Plano; not the other way round,
    where a model that was named for one thing would decide another.
    """
    overrides = view.config.overrides
    agents = router_model(overrides.agent_orchestration_model, view)
    preferences = router_model(overrides.llm_routing_model, view)
    return agents, preferences or agents


def filter_ids(view: View) -> list[str]:
    """Ids that a list of filters may hold: Plano lets an agent be a filter."""
    return [item.value.id for item in view.filters] + [item.value.id for item in view.agents]


def nearest(written: str, options: Iterable[str]) -> str | None:
    """A hint: the option that was probably meant, else those there are."""
    options = list(dict.fromkeys(options))
    matches = get_close_matches(written, options, n=1) if len(options) <= _COMPARED_MAX else []
    if matches:
        return f"did you mean {matches[0]}?"
    return f"there is {', '.join(options[:8])}{' …' if len(options) > 8 else ''}" if options else None
