"""The watch on a config's files, with a clock that a test moves."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from extproc.config.inputs import contents, inputs
from extproc.config.secret import SecretRef
from extproc.config.watch import Watch
from extproc.testing.builders import a_provider, a_snapshot

LOOKS_MAX = 20


class Clock:
    """Lets `steps` happen between the looks of a watch, and counts these."""

    def __init__(self, *steps: Callable[[], object]) -> None:
        self._steps = list(steps)
        self.looks = 0

    async def sleep(self, _: float) -> None:
        self.looks += 1
        if self.looks > LOOKS_MAX:
            raise asyncio.CancelledError
        if self._steps:
            self._steps.pop(0)()


def nothing() -> None:
    """Between two looks."""


def looks_until_told(file: Path, *steps: Callable[[], object]) -> int | None:
    """After how many looks the watch tells of a change; ``None``: it does not."""

    async def run() -> int | None:
        clock = Clock(*steps)
        watch = Watch(sleep=clock.sleep)
        watch.take((file,), contents((file,)))
        try:
            await watch.changed()
        except asyncio.CancelledError:
            return None
        return clock.looks

    return asyncio.run(run())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text("old")
    return path


def test_what_stays_is_not_told(file: Path) -> None:
    assert None is looks_until_told(file)


def test_a_file_that_is_written_is_told_when_two_looks_see_the_same(file: Path) -> None:
    assert 3 == looks_until_told(file, nothing, lambda: file.write_text("new"))


def test_one_that_is_still_being_written_is_waited_for(file: Path) -> None:
    writes = [lambda text=text: file.write_text(text) for text in ("n", "ne", "new")]

    assert 4 == looks_until_told(file, *writes)


def test_the_same_text_written_again_is_no_change(file: Path) -> None:
    assert None is looks_until_told(file, lambda: file.write_text("old"), lambda: os.utime(file))


def test_a_file_of_the_same_length_and_time_is_seen(file: Path) -> None:
    """As ``cp --preserve`` and ``rsync`` make it."""
    before = file.stat()

    def write() -> None:
        file.write_text("new")
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert 2 == looks_until_told(file, write)


def test_a_file_that_is_renamed_into_its_place_is_seen(file: Path) -> None:
    def rename() -> None:
        (file.parent / "other").write_text("new")
        (file.parent / "other").replace(file)

    assert 2 == looks_until_told(file, rename)


def test_a_file_that_goes_is_seen(file: Path) -> None:
    assert 2 == looks_until_told(file, file.unlink)


def test_a_file_that_comes_is_seen(tmp_path: Path) -> None:
    path = tmp_path / ".env"

    assert 2 == looks_until_told(path, lambda: path.write_text("A=1"))


def test_a_link_that_leads_elsewhere_is_seen(tmp_path: Path) -> None:
    """A ConfigMap of Kubernetes: config.yaml → ..data/config.yaml, and ..data → ..2026_01."""
    for version in ("1", "2"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "config.yaml").write_text(version)
    (tmp_path / "..data").symlink_to("1")
    (tmp_path / "config.yaml").symlink_to("..data/config.yaml")

    def swap() -> None:
        (tmp_path / "..data_tmp").symlink_to("2")
        (tmp_path / "..data_tmp").replace(tmp_path / "..data")

    assert 2 == looks_until_told(tmp_path / "config.yaml", swap)


def test_what_was_written_since_it_was_read_is_told_at_once(file: Path) -> None:
    watch = Watch(sleep=Clock().sleep)
    read = contents((file,))
    file.write_text("new")
    watch.take((file,), read)

    asyncio.run(watch.changed())


def test_a_config_depends_on_itself_the_env_beside_it_and_the_files_of_its_secrets(tmp_path: Path) -> None:
    provider = a_provider()
    upstream = replace(provider.upstream, credential=SecretRef("file", "/run/secrets/key"))
    snapshot = a_snapshot(replace(provider, upstream=upstream))

    assert (tmp_path / "c.yaml", tmp_path / ".env", Path("/run/secrets/key")) == inputs(
        tmp_path / "c.yaml", snapshot
    )
