"""Whatever a file holds, it becomes a snapshot or a `ConfigError`: nothing else leaves the loader."""

from copy import deepcopy
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extproc.config.load import ConfigError, loads
from extproc.config.models.root import Config
from tests.config.test_plano_configs import EVERYTHING_ELSE, OLDEST, RETRIES, TRAVEL

CONFIGS = [yaml.safe_load(text) for text in (TRAVEL, RETRIES, OLDEST, EVERYTHING_ELSE)]
ENVIRON = {"OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "k", "PORT": "80"}

words = st.sampled_from([*Config.model_fields, "model", "name", "type", "agents", "id", "url", "$PORT", "${"])
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), words)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(words | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


def read(document: Any) -> None:
    try:
        loads(yaml.safe_dump(document), ENVIRON)
    except ConfigError as error:
        if not error.problems or not str(error):
            raise AssertionError("an error without a problem") from error


@given(st.dictionaries(words, values, max_size=5))
@settings(deadline=None, max_examples=100)
def test_any_mapping(document: dict[str, Any]) -> None:
    """Keys of ours with values of any kind."""
    read(document)


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every place in a document that can be changed: a container and a key of it."""
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    return [place for key in keys for place in ((node, key), *places(node[key]))]


@given(st.sampled_from(CONFIGS), st.data())
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_a_config_with_something_changed(config: dict[str, Any], data: st.DataObject) -> None:
    """Up to three values replaced by something else, renamed or taken away."""
    document = deepcopy(config)
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(places(document)))
        change = data.draw(st.sampled_from(["replace", "remove", "rename"]))
        value = container.pop(key) if change != "replace" else container[key]
        if change == "replace":
            container[key] = data.draw(values)
        elif change == "rename" and isinstance(container, dict):
            container[data.draw(words)] = value
    read(document)
