"""Routing preferences of both forms as one list: those beside a provider (before v0.4.0) become top-level."""

from extproc.config.models.routing import PreferenceConfig
from extproc.config.view import Placed, View


def effective(view: View) -> tuple[Placed[PreferenceConfig], ...]:
    """Top-level preferences, then those found at providers, one a name.

    The same name at several providers makes one preference with their models in order; its first description
    counts. A top-level preference of the same name wins. From v0.4.0 on those at providers are ignored.
    """
    if not view.outdated:
        return view.preferences
    taken = {item.value.name for item in view.preferences}
    found: dict[str, Placed[PreferenceConfig]] = {}
    for provider in view.providers:
        for index, inline in enumerate(provider.value.routing_preferences):
            if inline.name in taken:
                continue
            first = found.get(inline.name)
            models = [*(first.value.models if first else []), provider.value.model]
            path = first.path if first else (*provider.path, "routing_preferences", index)
            description = first.value.description if first else inline.description
            preference = PreferenceConfig.model_construct(
                name=inline.name, description=description, models=models
            )
            found[inline.name] = Placed(path, preference)
    return (*view.preferences, *found.values())
