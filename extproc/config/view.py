"""The typed config as the rules and the build read it: old forms translated, each value with its place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from extproc.config.models.agents import AgentConfig, FilterConfig
from extproc.config.models.listeners import LegacyListenersConfig, ListenerConfig
from extproc.config.models.prompts import PromptTargetConfig
from extproc.config.models.providers import ProviderConfig
from extproc.config.models.root import CURRENT_VERSION, Config
from extproc.config.models.routing import (
    CostSourceConfig,
    LatencySourceConfig,
    PreferenceConfig,
    RateLimitConfig,
)
from extproc.config.problems import KeyPath
from extproc.config.quirks import completed

DEFAULT_PORTS: Final = {"model": 12000, "prompt": 10000}
_MODEL_LISTENER: Final = "egress_traffic"
"""Plano's name for the model listener of its own making."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """A value and where it stands in the file."""

    path: KeyPath
    value: T


@dataclass(frozen=True, slots=True)
class View:
    """What was read. Lists hold what is right of them; `damaged` names the sections that lost something."""

    config: Config
    listeners: tuple[Placed[ListenerConfig], ...]
    """Old forms translated, default ports filled in, the default model listener added."""
    providers: tuple[Placed[ProviderConfig], ...]
    """``model_providers``, or ``llm_providers``; what special providers need is filled in."""
    agents: tuple[Placed[AgentConfig], ...]
    filters: tuple[Placed[FilterConfig], ...]
    preferences: tuple[Placed[PreferenceConfig], ...]
    """Top-level routing preferences; those of the old form are in `extproc.config.preferences`."""
    metrics_sources: tuple[Placed[CostSourceConfig | LatencySourceConfig], ...]
    rate_limits: tuple[Placed[RateLimitConfig], ...]
    prompt_targets: tuple[Placed[PromptTargetConfig], ...]
    damaged: frozenset[str]

    def sound(self, *sections: str) -> bool:
        """Whether none of the sections lost an entry: else a rule that searches them would err."""
        return self.damaged.isdisjoint(sections)

    @property
    def outdated(self) -> bool:
        """Whether the file says a version before the current one."""
        return self.config.version != CURRENT_VERSION


def view(config: Config, kept: Mapping[str, tuple[int, ...]], damaged: frozenset[str]) -> View:
    """The view of a config; `kept` gives the original indices of lists that lost entries."""

    def placed(section: str, values: Sequence[T]) -> tuple[Placed[T], ...]:
        indices = kept.get(section, range(len(values)))
        return tuple(Placed((section, index), value) for index, value in zip(indices, values, strict=True))

    old, new = (
        placed("llm_providers", config.llm_providers),
        placed("model_providers", config.model_providers),
    )
    if isinstance(config.listeners, LegacyListenersConfig):
        listeners = tuple(_legacy(config.listeners))
    else:
        listeners = placed("listeners", config.listeners)
    return View(
        config=config,
        listeners=_completed(listeners, whole="listeners" not in damaged),
        providers=tuple(Placed(item.path, completed(item.value)) for item in new or old),
        agents=placed("agents", config.agents),
        filters=placed("filters", config.filters),
        preferences=placed("routing_preferences", config.routing_preferences),
        metrics_sources=placed("model_metrics_sources", config.model_metrics_sources),
        rate_limits=placed("ratelimits", config.ratelimits),
        prompt_targets=placed("prompt_targets", config.prompt_targets),
        damaged=damaged,
    )


def _legacy(listeners: LegacyListenersConfig) -> Iterator[Placed[ListenerConfig]]:
    for name, kind in (("ingress_traffic", "prompt"), ("egress_traffic", "model")):
        old = getattr(listeners, name)
        if old is not None:
            values = {"address": old.address, "port": old.port, "timeout": old.timeout}
            yield Placed(("listeners", name), ListenerConfig.model_construct(name=name, type=kind, **values))


def _completed(
    listeners: tuple[Placed[ListenerConfig], ...], *, whole: bool
) -> tuple[Placed[ListenerConfig], ...]:
    """With default ports, and with a model listener: Plano adds one where there is none.

    Where an entry was lost (not `whole`) nobody knows whether there is none.
    """
    completed = tuple(
        Placed(item.path, item.value.model_copy(update={"port": DEFAULT_PORTS.get(item.value.type)}))
        if item.value.port is None
        else item
        for item in listeners
    )
    if not whole or any(item.value.type == "model" for item in listeners):
        return completed
    taken = {item.value.name for item in listeners}
    name = _MODEL_LISTENER if _MODEL_LISTENER not in taken else f"{_MODEL_LISTENER}_models"
    default = ListenerConfig.model_construct(name=name, type="model", port=DEFAULT_PORTS["model"])
    return (*completed, Placed(("listeners",), default))
