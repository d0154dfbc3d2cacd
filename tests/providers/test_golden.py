"""Every golden request of a provider; `extproc.testing.provider_golden` says how to add one."""

from pathlib import Path

import pytest

from extproc.dialects.api import Api
from extproc.providers.table import PROFILES
from extproc.testing import golden
from extproc.testing.provider_golden import ROOT, cases, made

CASES = [
    pytest.param(path, case, client, id=f"{path.parent.name}-{case}-{client}")
    for path, case, client in cases()
]


@pytest.mark.parametrize(("source", "case", "client"), CASES)
def test_a_request_reaches_its_provider_and_the_answer_its_client(
    source: Path, case: str, client: Api
) -> None:
    golden.check(source.parent, made(source, case, client), f"{case}.{client}.to-*")


def test_every_folder_is_of_a_provider_and_has_a_request() -> None:
    folders = {path.name for path in ROOT.iterdir()}

    assert folders <= PROFILES.keys()
    assert folders == {path.parent.name for path, _, _ in cases()}


def test_a_request_that_passes_unchanged_is_no_case(tmp_path: Path) -> None:
    """It would be kept for ever and test nothing."""
    source = tmp_path / "openai" / "a.openai_chat.request.json"

    with pytest.raises(ValueError, match="openai is sent requests of openai_chat as they are"):
        made(source, "a", Api.CHAT)
