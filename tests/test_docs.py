"""What the documents say is run: their commands by a test here, and each link leads somewhere."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from extproc.testing.ports import PortClaim
from extproc.testing.upstream import Upstream

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")])
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)
BIN = Path(sys.executable).parent


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def commands(path: Path) -> Iterator[str]:
    """The commands of the document's consoles, continued lines joined, remarks dropped."""
    for block in CONSOLE.findall(path.read_text()):
        for line in re.sub(r"\\\n\s*", "", block).splitlines():
            if line.startswith("$ "):
                yield re.sub(r"\s+#.*$", "", line[2:])


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_link_between_documents_leads_somewhere(path: Path) -> None:
    """Renamed files are found out here."""
    missing = [link for link in LINK.findall(path.read_text()) if not (path.parent / link).exists()]

    assert [] == missing


def test_every_make_target_that_a_document_names_exists() -> None:
    """Which targets work is tried by continuous integration, which runs them."""
    targets = set(TARGET.findall((ROOT / "Makefile").read_text())) | {"demo"}
    named = {c.split()[1] for path in DOCUMENTS for c in commands(path) if c.startswith("make ")}

    assert set() == named - targets


def test_the_commands_of_the_readme_do_what_it_says(tmp_path: Path) -> None:
    """In an empty folder, one after another. Only the port and the provider's address are the test's."""
    environ = os.environ | {"PLANO_HOME": str(tmp_path / "home"), "NO_COLOR": "1"}
    claim = PortClaim()
    said: list[str] = []
    with Upstream() as provider:
        try:
            for command in commands(ROOT / "README.md"):
                if command.startswith("export "):
                    variable, _, value = command.removeprefix("export ").partition("=")
                    environ[variable] = value
                elif not command.startswith("make "):
                    said.append(run(command.replace("12000", str(claim.port)), tmp_path, environ))
                if command.endswith(" init"):
                    redirect(tmp_path / "config.yaml", claim.port, provider.url)
        finally:
            run(".venv/bin/planoctl down", tmp_path, environ)
            claim.release()

        assert ["/v1/chat/completions"] * 2 == [request.target for request in provider.requests]
    assert any('"chat.completion"' in text for text in said)
    assert any("weather_agent → flight_agent" in text for text in said)
    assert (tmp_path / "envoy.json").exists()


def redirect(config: Path, port: int, url: str) -> None:
    text = config.read_text().replace("12000", str(port))
    config.write_text(text.replace("access_key:", f"base_url: {url}\n    access_key:"))


def run(command: str, folder: Path, environ: dict[str, str]) -> str:
    argv = shlex.split(command.replace(".venv/bin/", f"{BIN}/"))
    done = subprocess.run(
        argv, check=False, cwd=folder, env=environ, capture_output=True, text=True, timeout=60
    )
    assert 0 == done.returncode, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout
