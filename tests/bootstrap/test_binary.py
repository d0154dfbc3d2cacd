"""The Envoy binary: finding it, and what it says to a bootstrap."""

import json
import os
import re
import sys
from pathlib import Path

import pytest

from extproc.bootstrap.envoy import (
    BootstrapRejectedError,
    EnvoyNotFoundError,
    find_envoy,
    reason,
    validate,
    version,
)


def test_the_environment_may_name_the_binary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANO_ENVOY", sys.executable)

    assert Path(sys.executable) == find_envoy()


def test_a_named_binary_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong name must not lead to another Envoy in silence."""
    monkeypatch.setenv("PLANO_ENVOY", "/nowhere/envoy")

    with pytest.raises(EnvoyNotFoundError, match="PLANO_ENVOY is /nowhere/envoy"):
        find_envoy()


def test_the_binary_beside_this_python_comes_before_the_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("PLANO_ENVOY", raising=False)
    (tmp_path / "envoy").write_text("#!/bin/sh\n")
    (tmp_path / "envoy").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.defpath}")

    assert Path(sys.executable).with_name("envoy") == find_envoy()


def test_no_binary_at_all_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PLANO_ENVOY", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))

    with pytest.raises(EnvoyNotFoundError, match=r"plano-extproc\[envoy\]"):
        find_envoy()


def test_the_version_is_a_number() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", version())


def test_a_rejection_is_one_line_without_the_bootstrap(tmp_path: Path) -> None:
    """A value of the wrong type makes Envoy print everything that it was given."""
    path = tmp_path / "envoy.json"
    path.write_text(json.dumps({"node": {"id": False, "cluster": "in-the-bootstrap"}}))

    with pytest.raises(BootstrapRejectedError, match=r"node\.id") as caught:
        validate(path)

    assert "\n" not in str(caught.value)
    assert "in-the-bootstrap" not in str(caught.value)


INVALID = (
    "Unable to parse JSON as proto (INVALID_ARGUMENT: @ node.id: unexpected character: 'f'; expected '\"')"
)


@pytest.mark.parametrize(
    ("complaint", "expected"),
    [
        ("route: unknown cluster 'nix'\n", "route: unknown cluster 'nix'"),
        ("Invalid duration:    \nseconds: -1\n\n", "Invalid duration: seconds: -1"),
        (f'{INVALID}: {{"node": {{"id": false}}}}', INVALID),
    ],
)
def test_the_reason_is_what_stands_behind_the_path(complaint: str, expected: str) -> None:
    assert expected == reason(f"error initializing configuration '/run/envoy.json': {complaint}")


def test_a_long_reason_is_cut() -> None:
    assert "x" * 500 + " …" == reason("x" * 10_000)
