"""The configs in the document about agents are configs."""

import re
from pathlib import Path

import pytest

from extproc.config.load import loads

DOCUMENT = Path(__file__).parents[2] / "docs" / "agents.md"
CONFIGS = re.findall(r"^```yaml\n(.*?)^```", DOCUMENT.read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("config", CONFIGS, ids=range(len(CONFIGS)))
def test_it_loads(config: str) -> None:
    loaded = loads(config, environ={"OPENAI_API_KEY": "sk"})

    assert () == loaded.warnings
    assert loaded.snapshot.listeners[0].agents


def test_there_are_some() -> None:
    assert 2 == len(CONFIGS)
