"""All workers change over, or none: what each is told, and what becomes of those that do not answer."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest

from extproc.serving.control import Order, State, Unreachable, listen, order
from extproc.serving.fleet import Fleet, NotReady
from extproc.serving.in_force import InForce

NEW = InForce(2, "text", "config.yaml", "/", {}, 0.0)


class Worker:
    """What a worker answers; `ready` is the generation that it is prepared for."""

    def __init__(self, generation: int = 1, *, refuses: str | None = None, older: int = 0) -> None:
        self.told: list[str] = []
        self.rejected: str | None = None
        self._generation = generation
        self._refuses = refuses
        self._older = older
        self._ready = 0

    async def answer(self, question: bytes) -> bytes:
        said = msgspec.json.decode(question, type=Order)
        self.told.append(said.do)
        error = None
        if said.do == "prepare":
            error, self._ready = self._refuses, InForce.read(Path(said.file)).generation
        elif said.do == "commit" and self._ready == said.generation:
            self._generation = said.generation
        elif said.do == "reject":
            self.rejected = said.text
        return msgspec.json.encode(State(self._generation, self._older, error))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short one, for sockets."""
    with tempfile.TemporaryDirectory() as directory:
        yield Path(directory)


def fleet_of(
    folder: Path,
    *workers: Worker | None,
    test: Callable[[Fleet], Awaitable[None]],
    late: Worker | None = None,
) -> None:
    """Run `test` with a fleet of `workers`; ``None``: one that is not there. `late` comes in its place."""

    async def run() -> None:
        controls = [folder / f"control-{number}.sock" for number in range(len(workers))]
        async with AsyncExitStack() as stack:

            async def come(control: Path, worker: Worker, after_s: float) -> None:
                await asyncio.sleep(after_s)
                server = await listen(control, worker.answer)
                stack.callback(server.close)

            for control, worker in zip(controls, workers, strict=True):
                if worker is not None:
                    await come(control, worker, 0.0)
            coming = come(controls[workers.index(None)], late, 0.05) if late else asyncio.sleep(0)
            await asyncio.gather(test(Fleet(controls, folder / "in-force.json")), coming)

    asyncio.run(asyncio.wait_for(run(), 30.0))


def test_all_are_prepared_before_any_is_told_to_go_by_it(folder: Path) -> None:
    one, other = Worker(), Worker()

    async def test(fleet: Fleet) -> None:
        assert () == await fleet.swap(NEW)

    fleet_of(folder, one, other, test=test)
    assert (["prepare", "commit"], ["prepare", "commit"]) == (one.told, other.told)
    assert NEW == InForce.read(folder / "in-force.json")


def test_where_one_cannot_nobody_does(folder: Path) -> None:
    one, other = Worker(), Worker(refuses="no memory")

    async def test(fleet: Fleet) -> None:
        with pytest.raises(NotReady, match="control-1: no memory"):
            await fleet.swap(NEW)

    fleet_of(folder, one, other, test=test)
    assert (["prepare"], ["prepare"]) == (one.told, other.told)
    assert [] == list(folder.glob("*.json"))


def test_a_worker_that_is_just_being_started_is_told_when_it_is_there(folder: Path) -> None:
    """It may have read what was in force a moment before."""
    late = Worker()

    async def test(fleet: Fleet) -> None:
        assert () == await fleet.swap(NEW)

    fleet_of(folder, Worker(), None, test=test, late=late)
    assert ["commit", "prepare", "commit"] == late.told


def test_one_that_started_with_it_need_not_be_prepared(folder: Path) -> None:
    late = Worker(generation=2)

    async def test(fleet: Fleet) -> None:
        assert () == await fleet.swap(NEW)

    fleet_of(folder, None, test=test, late=late)
    assert ["commit"] == late.told


def test_a_rejection_reaches_all_and_whoever_starts_later(folder: Path) -> None:
    one, other = Worker(), Worker()

    async def test(fleet: Fleet) -> None:
        await fleet.reject(msgspec.structs.replace(NEW, error="line 3"))

    fleet_of(folder, one, other, test=test)
    assert ("line 3", "line 3") == (one.rejected, other.rejected)
    assert "line 3" == InForce.read(folder / "in-force.json").error


def test_what_goes_by_older_configs_is_added_up(folder: Path) -> None:
    async def test(fleet: Fleet) -> None:
        assert 3 == await fleet.older()

    fleet_of(folder, Worker(older=1), Worker(older=2), test=test)


def test_where_a_worker_does_not_say_nothing_is_known(folder: Path) -> None:
    async def test(fleet: Fleet) -> None:
        assert None is await fleet.older()

    fleet_of(folder, Worker(), None, test=test)


@pytest.mark.parametrize("answer", [b"", b"no JSON", b'{"generation": "two"}'])
def test_whoever_answers_nonsense_does_not_answer(folder: Path, answer: bytes) -> None:
    async def test(_: Fleet) -> None:
        async def nonsense(_: bytes) -> bytes:
            return answer

        server = await listen(folder / "x.sock", nonsense)
        with pytest.raises(Unreachable):
            await order(folder / "x.sock", Order("tell"))
        server.close()

    fleet_of(folder, test=test)


def test_one_that_hangs_is_given_up(folder: Path) -> None:
    async def test(_: Fleet) -> None:
        never = asyncio.Event()

        async def hang(_: bytes) -> bytes:
            await never.wait()
            return b""

        server = await listen(folder / "x.sock", hang)
        with pytest.raises(Unreachable, match=r"x\.sock"):
            await order(folder / "x.sock", Order("tell"), 0.05)
        never.set()
        server.close()

    fleet_of(folder, test=test)


def test_what_is_in_force_is_for_its_owner_alone(folder: Path) -> None:
    """The text may hold keys."""
    NEW.write(folder / "in-force.json")

    assert 0o600 == (folder / "in-force.json").stat().st_mode & 0o777
