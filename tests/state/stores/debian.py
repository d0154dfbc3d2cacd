"""Debian's servers, which have TLS: those that are installed, else unpacked into a folder of their own.

Nothing is installed, and nobody has to be root. What they are not to be had for is said.
"""

import functools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ASKED: Final = "PLANO_TEST_TLS"
"""The variable that lets packages be downloaded."""
DOWNLOAD_S: Final = 180.0

_folders: list[Path] = []


class NotToBeHadError(Exception):
    """Why not."""


@dataclass(frozen=True)
class Programs:
    """The folder of a server's programs, and of the libraries that came with them."""

    folder: Path
    libraries: Path | None = None


@functools.cache
def redis() -> Programs:
    """Where ``redis-server`` is; raises `NotToBeHadError`."""
    return _programs("redis-server", "usr/bin/redis-server")


@functools.cache
def postgres() -> Programs:
    """Where ``initdb`` and ``postgres`` are; raises `NotToBeHadError`."""
    return _programs("postgresql", "usr/lib/postgresql/*/bin/postgres")


def remove_all() -> None:
    """What was unpacked, at the end of the tests."""
    for folder in _folders:
        shutil.rmtree(folder)


def _programs(package: str, pattern: str) -> Programs:
    """`package` with the program that `pattern` finds in the root folder of a system that has it."""
    if not os.environ.get(ASKED):
        raise NotToBeHadError("run by make test-tls")
    for program in Path("/").glob(pattern):
        return Programs(program.parent)
    root = _unpacked(package)
    libraries = next((library.parent for library in root.glob("usr/lib/*/*.so*")), None)
    return Programs(next(root.glob(pattern)).parent, libraries)


def _unpacked(package: str) -> Path:
    """The root folder of `package` and of what it needs beyond what is installed."""
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            raise NotToBeHadError(f"{package} is not installed, and there is no {program} to get it with")
    folder = Path(tempfile.mkdtemp(prefix="plano-debian-"))
    _folders.append(folder)
    folder.chmod(0o755)  # PostgreSQL runs as somebody else
    try:
        _download(package, folder, [])
    except NotToBeHadError:  # the system's lists of packages are too old, or missing
        private = _private(folder)
        _run(["apt-get", *private, "update"], folder)
        _download(package, folder, private)
    for archive in folder.glob("*.deb"):
        _run(["dpkg-deb", "-x", str(archive), str(folder / "root")], folder)
    return folder / "root"


def _download(package: str, folder: Path, options: Sequence[str]) -> None:
    """Into `folder`, all that apt would install."""
    asked = ["--simulate", "--no-install-recommends", "install", package]
    plan = _run(["apt-get", *options, *asked], folder).splitlines()
    _run(
        ["apt-get", *options, "download", *(line.split()[1] for line in plan if line.startswith("Inst "))],
        folder,
    )


def _private(folder: Path) -> list[str]:
    """Options with which apt keeps in `folder` what it learns."""
    lists, cache = folder / "lists", folder / "cache"
    for path in (lists / "partial", cache / "archives" / "partial"):
        path.mkdir(parents=True)
    options = [
        f"Dir::State::Lists={lists}",
        f"Dir::Cache={cache}",
        "Debug::NoLocking=1",
        "APT::Sandbox::User=",
    ]
    return [word for option in options for word in ("-o", option)]


def _run(argv: Sequence[str], folder: Path) -> str:
    try:
        done = subprocess.run(
            argv, cwd=folder, check=True, capture_output=True, text=True, timeout=DOWNLOAD_S
        )
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or ["it does not say why"])[-1]
        raise NotToBeHadError(f"{' '.join(argv[-2:])} failed: {last}") from error
    except subprocess.TimeoutExpired as error:
        raise NotToBeHadError(f"{' '.join(argv[-2:])} took longer than {DOWNLOAD_S:g} s") from error
    return done.stdout
