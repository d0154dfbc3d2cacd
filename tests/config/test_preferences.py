"""Routing preferences of both forms."""

from extproc.config.check import check
from extproc.config.document import parse
from extproc.config.preferences import effective
from extproc.config.problems import Report
from extproc.config.variables import Variables
from tests.config.reading import ENVIRON, LISTENER, errors, warnings

OLD = f"""\
version: v0.3.0
{LISTENER}model_providers:
  - model: openai/gpt-4o
    access_key: k
    routing_preferences:
      - {{name: code, description: writing code}}
      - {{name: prose, description: writing prose}}
  - model: anthropic/claude
    access_key: k
    routing_preferences:
      - {{name: code, description: coding}}
"""
TOP = "routing_preferences: [{name: code, description: top, models: [gpt-4o]}]\n"


def preferences(text: str) -> list[tuple[str, str, list[str]]]:
    report = Report("c")
    view = check(parse(text, report), Variables(ENVIRON), report)
    assert view is not None
    found = [item.value for item in effective(view)]
    return [(item.name, item.description, item.models) for item in found]


def test_those_beside_providers_become_one_list() -> None:
    """The same name gathers its models in order; the first description counts."""
    assert [
        ("code", "writing code", ["openai/gpt-4o", "anthropic/claude"]),
        ("prose", "writing prose", ["openai/gpt-4o"]),
    ] == preferences(OLD)


def test_a_top_level_preference_wins_over_its_namesakes() -> None:
    """Whoever wrote it knew the new form."""
    assert [("code", "top", ["gpt-4o"]), ("prose", "writing prose", ["openai/gpt-4o"])] == preferences(
        OLD + TOP
    )


def test_from_v0_4_0_on_those_beside_providers_are_ignored_with_a_warning() -> None:
    """Plano ignores them in silence."""
    text = OLD.replace("v0.3.0", "v0.4.0")
    hint = "(move them to the top-level routing_preferences)"

    assert [] == preferences(text)
    assert [
        f"6: model_providers[0].routing_preferences: are ignored from v0.4.0 on {hint}",
        f"11: model_providers[1].routing_preferences: are ignored from v0.4.0 on {hint}",
    ] == warnings(text)


def test_a_description_that_does_not_count_is_warned_of() -> None:
    """The first one does."""
    message = "does not count: code is described elsewhere first"

    assert f"12: model_providers[1].routing_preferences[0].description: {message}" in warnings(OLD)


def test_beside_a_wildcard_they_are_an_error() -> None:
    """Which model would it be?"""
    message = "need one model, not * (name the model, or use the top-level form)"

    assert [f"6: model_providers[0].routing_preferences: {message}"] == errors(
        OLD.replace("openai/gpt-4o", "openai/*")
    )
