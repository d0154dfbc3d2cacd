"""The folder of secret files."""

import json
from pathlib import Path

import pytest

from extproc.bootstrap.secrets import write_secrets
from extproc.config.secret import MissingSecretError, SecretRef
from tests.bootstrap.values import ENVIRON, a_snapshot_of, an_upstream

UPSTREAM = an_upstream(headers=(("x-token", SecretRef("env", "TEAM_TOKEN", prefix="Token ")),))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "run" / "secrets"


def values(directory: Path) -> dict[str, str]:
    """Secrets by name."""
    documents = [json.loads(path.read_text()) for path in directory.iterdir()]
    secrets = [resource for document in documents for resource in document["resources"]]
    return {secret["name"]: secret["generic_secret"]["secret"]["inline_string"] for secret in secrets}


def test_there_is_a_file_for_each_secret(directory: Path) -> None:
    write_secrets(a_snapshot_of(UPSTREAM, an_upstream("open", credential=None)), directory, ENVIRON)

    expected = {
        "acme/authorization": ENVIRON["ACME_KEY"],
        "acme/x-token": f"Token {ENVIRON['TEAM_TOKEN']}",
    }
    assert expected == values(directory)


def test_only_the_owner_can_read_them(directory: Path) -> None:
    directory.mkdir(mode=0o755, parents=True)

    write_secrets(a_snapshot_of(UPSTREAM), directory, ENVIRON)

    assert 0o40700 == directory.stat().st_mode
    assert {0o100600} == {path.stat().st_mode for path in directory.iterdir()}


def test_a_new_key_replaces_its_file_and_no_other(directory: Path) -> None:
    write_secrets(a_snapshot_of(UPSTREAM), directory, ENVIRON)
    before = {path.name: path.stat().st_ino for path in directory.iterdir()}

    write_secrets(a_snapshot_of(UPSTREAM), directory, {**ENVIRON, "ACME_KEY": "sk-new"})

    changed = {path.name for path in directory.iterdir() if before[path.name] != path.stat().st_ino}
    assert {"acme%2Fauthorization.sds.json"} == changed
    assert "sk-new" == values(directory)["acme/authorization"]


def test_secrets_that_are_no_longer_used_are_removed_and_other_files_are_not(directory: Path) -> None:
    write_secrets(a_snapshot_of(UPSTREAM), directory, ENVIRON)
    (directory / "server.key").write_text("someone else's")

    write_secrets(a_snapshot_of(an_upstream("open", credential=None)), directory, ENVIRON)

    assert ["server.key"] == [path.name for path in directory.iterdir()]


def test_a_missing_secret_is_told_before_anything_is_written(directory: Path) -> None:
    with pytest.raises(MissingSecretError, match="TEAM_TOKEN"):
        write_secrets(a_snapshot_of(UPSTREAM), directory, {"ACME_KEY": "sk"})

    assert not directory.exists()


def test_a_name_with_a_slash_stays_in_the_folder(directory: Path) -> None:
    write_secrets(a_snapshot_of(an_upstream("../a/b")), directory, ENVIRON)

    assert ["..%2Fa%2Fb%2Fauthorization.sds.json"] == [path.name for path in directory.iterdir()]
