"""The wheel holds everything it needs: installed elsewhere, it works without the source tree."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the built wheel is installed; its dependencies are those of the tests."""
    built, target = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("installed")
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", built], ROOT)
    (wheel,) = built.glob("plano_extproc-*.whl")
    install = ["install", "--quiet", "--no-deps", "--no-index", "--target", target, wheel]
    run([sys.executable, "-m", "pip", *install], built)
    return target


def run(command: list[object], folder: Path, path: Path | None = None) -> str:
    environ = os.environ | {"OPENAI_API_KEY": "sk-test", "PYTHONPATH": str(path or "")}
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout


def test_its_commands_run_from_where_it_is_installed(installed: Path, tmp_path: Path) -> None:
    """A config is written, read, and rendered for Envoy: package data is in the wheel."""
    where = run([sys.executable, "-c", "import extproc; print(extproc.__file__)"], tmp_path, installed)
    run([installed / "bin/planoctl", "init"], tmp_path, installed)
    summary = run([installed / "bin/planoctl", "validate", "config.yaml"], tmp_path, installed)
    run(
        [installed / "bin/planoctl", "render", "envoy", "config.yaml", "-o", "envoy.json"],
        tmp_path,
        installed,
    )
    run([installed / "bin/plano-extproc", "--version"], tmp_path, installed)

    assert where.startswith(str(installed))
    assert "openai/*" in summary
    assert (tmp_path / "envoy.json").exists()


def test_it_is_typed_and_holds_no_tests(installed: Path) -> None:
    """PEP 561; and nothing but the package is put into a user's site-packages."""
    assert (installed / "extproc/py.typed").exists()
    assert {"extproc", "bin"} == {path.name for path in installed.iterdir() if "dist-info" not in path.name}
