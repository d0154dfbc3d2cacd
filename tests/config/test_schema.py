"""The JSON Schema, the reference and the examples say the same as the code."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from extproc.config import templates
from extproc.config.document import parse
from extproc.config.load import load, loads
from extproc.config.problems import Report
from extproc.config.schema import json_schema, text

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "config" / "plano.yaml"
EXAMPLES = sorted((ROOT / "config" / "examples").glob("*.yaml"))


class AnyVariable(dict[str, str]):
    """An environment in which everything is set."""

    def __missing__(self, name: str) -> str:
        return f"value-of-{name}"

    def get(self, name: str, default: Any = None) -> Any:
        return default or self[name]


def properties(node: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(node, dict):
        yield from node.get("properties", {}).items()
        for value in node.values():
            yield from properties(value)
    elif isinstance(node, list):
        for value in node:
            yield from properties(value)


def findings(document: str) -> list[str]:
    validator = jsonschema.Draft202012Validator(json_schema())
    return [error.message for error in validator.iter_errors(parse(document, Report("c")))]


def test_the_schema_file_is_current() -> None:
    """``python -m extproc.config.schema > config/schema.json`` makes it so."""
    assert text() == (ROOT / "config" / "schema.json").read_text(encoding="utf-8")


def test_the_command_prints_the_schema() -> None:
    """The one in the sentence above."""
    command = [sys.executable, "-m", "extproc.config.schema"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    assert json_schema() == json.loads(printed)


def test_the_schema_is_one() -> None:
    """By its own dialect."""
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_every_key_is_described() -> None:
    """Editors show the description: the key's own, or that of the section it holds."""
    described = ({"description", "$ref"} & set(schema) for _, schema in properties(json_schema()))

    assert all(described)


def test_every_key_stands_in_the_reference() -> None:
    """In force, or in a comment that says why not."""
    reference = REFERENCE.read_text(encoding="utf-8")

    assert [] == sorted({name for name, _ in properties(json_schema()) if name not in reference})


def test_every_key_of_the_reference_has_a_comment() -> None:
    """Its line's, or that of a line around it."""
    sections = REFERENCE.read_text(encoding="utf-8").split("\n\n")

    assert [] == [section for section in sections if "#" not in section and ":" in section]


@pytest.mark.parametrize("path", [REFERENCE, *EXAMPLES], ids=lambda path: path.stem)
def test_the_reference_and_every_example_are_right(path: Path) -> None:
    """By the loader and by the schema."""
    assert load(path, AnyVariable()).snapshot.providers
    assert [] == findings(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_says_its_idea(path: Path) -> None:
    """In its first line."""
    assert path.read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("name", templates.names())
def test_every_template_is_right(name: str) -> None:
    """On loopback, with fallback, and explained."""
    document = templates.text(name)
    loaded = loads(document, AnyVariable())

    assert {"127.0.0.1"} == {listener.address for listener in loaded.snapshot.listeners}
    assert {"fallback": "auto"} == yaml.safe_load(document)["overrides"]
    assert [] == findings(document)
    assert templates.summary(name).endswith(".")


def test_there_are_templates_for_the_usual_beginnings() -> None:
    """The plainest first."""
    assert ("openai", "local", "passthrough", "several-providers", "travel-agents") == templates.names()


def test_a_template_that_is_not_there_is_a_key_error() -> None:
    """Whatever its name looks like."""
    with pytest.raises(KeyError):
        templates.text("../openai")


@pytest.mark.parametrize(
    "document",
    [
        "version: v0.4.0\nlisteners: [{name: a, type: model, port: $PORT, timeout: $T}]",
        "version: v0.1\nlisteners: {egress_traffic: {port: 1}}",
        "version: v0.4.0\noverrides: {fallback: auto, disable_signals: $X}",
    ],
)
def test_the_schema_accepts_what_the_loader_does(document: str) -> None:
    """Variables for numbers, and old forms."""
    assert [] == findings(document)


@pytest.mark.parametrize(
    "document",
    [
        "listeners: []",
        "version: v9",
        "version: v0.4.0\nlistners: []",
        "version: v0.4.0\nlisteners: [{name: a}]",
        "version: v0.4.0\nlisteners: [{name: a, type: model, port: eighty}]",
        "version: v0.4.0\nlisteners: [{name: a, type: model, timeout: 30}]",
        "version: v0.4.0\nstate_storage: {type: redis}",
    ],
)
def test_the_schema_refuses_what_the_loader_does(document: str) -> None:
    """As far as a schema can tell."""
    assert findings(document)
