"""Which names of models and filters a config defines: what other sections may refer to."""

from collections.abc import Iterable
from difflib import get_close_matches

from extproc.config.model_name import ModelName, parse
from extproc.config.models.providers import ProviderConfig
from extproc.config.profiles import profile_of
from extproc.config.view import View
from extproc.providers.catalogue import known_models


def model_known(view: View, name: str) -> bool:
    """Whether a request for `name` would find a provider (aliases apart)."""
    return any(_offers(item.value, name) for item in view.providers)


def _offers(provider: ProviderConfig, name: str) -> bool:
    own = parse(provider.model)
    if not own.wildcard:
        return name in (provider.name, provider.model, own.id)
    prefix, slash, model = name.partition("/")
    if slash and prefix == own.prefix:
        return bool(model)
    profile = profile_of(provider)
    return bool(profile and profile.catalogue and name in known_models(profile.catalogue))


def model_names(view: View) -> list[str]:
    """Every name that is written out: full, bare, and the entries' own."""
    names: list[str] = []
    for item in view.providers:
        own: ModelName = parse(item.value.model)
        names += [str(own)] if own.wildcard else [str(own), own.id]
        names += [item.value.name] if item.value.name else []
    return names


def filter_ids(view: View) -> list[str]:
    """Ids that a list of filters may hold: Plano lets an agent be a filter."""
    return [item.value.id for item in view.filters] + [item.value.id for item in view.agents]


def nearest(written: str, options: Iterable[str]) -> str | None:
    """A hint: the option that was probably meant, else those there are."""
    options = list(dict.fromkeys(options))
    matches = get_close_matches(written, options, n=1)
    if matches:
        return f"did you mean {matches[0]}?"
    return f"there is {', '.join(options[:8])}{' …' if len(options) > 8 else ''}" if options else None
