"""``make new-provider`` on a copy of the tree: what it writes passes, what it refuses leaves no trace."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from extproc.providers.new_provider import RefusedError, check

ROOT = Path(__file__).parents[2]
COPIED = ("docgen", "docs", "extproc", "tests/dialects", "tests/docgen", "tests/golden", "tests/providers")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "test_new_provider.py")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the command reads and writes."""
    root = tmp_path_factory.mktemp("tree")
    for folder in COPIED:
        shutil.copytree(ROOT / folder, root / folder, ignore=LEFT_OUT)
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def run(tree: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environ = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", *command],
        check=False,
        cwd=tree,
        env=environ,
        capture_output=True,
        text=True,
        timeout=110,
    )


def contents(tree: Path) -> Mapping[Path, bytes]:
    return {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("name", "host"), [("acme", "api.acme.com"), ("acme_2", "")])
def test_what_it_writes_passes(tree: Path, name: str, host: str) -> None:
    done = run(tree, "extproc.providers.new_provider", name, host)
    assert (0, "") == (done.returncode, done.stderr)

    assert f'    _row("{name}"' in (tree / "extproc/providers/table.py").read_text()
    assert f"| `{name}` |" in (tree / "docs/translation.md").read_text()
    folder = tree / "tests/golden/providers" / name
    assert {"agent.anthropic_messages.to-provider.json", "agent.anthropic_messages.to-client.json"} <= {
        path.name for path in folder.iterdir()
    }
    tested = run(tree, "pytest", "-q", "-p", "no:cacheprovider", "tests/providers", "tests/docgen")
    assert 0 == tested.returncode, tested.stdout
    written = ("extproc/providers/table.py", f"tests/providers/test_{name}.py")
    for checked in (("ruff", "check"), ("ruff", "format", "--check")):
        judged = run(tree, *checked, "--no-cache", *written)
        assert 0 == judged.returncode, judged.stdout


@pytest.mark.parametrize(
    ("name", "host", "why"),
    [
        ("", "", "no provider id"),
        ("Acme", "", "no provider id"),
        ("1acme", "", "no provider id"),
        ("acme-ai", "", "no provider id"),
        ("acme__ai", "", "no provider id"),
        ("../acme", "", "no provider id"),
        ('x"),exit(', "", "no provider id"),
        ("a" * 41, "", "no provider id"),
        ("openai", "", "in the table already"),
        ("google", "", "another spelling of gemini"),
        ("table", "", "test_table.py exists already"),
        ("other", "https://api.acme.com", "no host name"),
        ("other", "api.acme.com/v1", "no host name"),
        ("other", "localhost", "no host name"),
    ],
)
def test_what_it_refuses_leaves_no_trace(tree: Path, name: str, host: str, why: str) -> None:
    before = contents(tree)

    with pytest.raises(RefusedError, match=why):
        check(name, host or None, tree)
    assert before == contents(tree)


def test_the_command_says_why_it_refuses(tree: Path) -> None:
    done = run(tree, "extproc.providers.new_provider", "openai")

    assert (1, "", "new-provider: openai is in the table already.\n") == (
        done.returncode,
        done.stdout,
        done.stderr,
    )
