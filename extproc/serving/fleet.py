"""All workers, told to change over together.

First each makes the new config ready; if one cannot, nothing has happened. Then the file from which workers
start is replaced, and each is told to go by it. One that does not answer is being started again, by that
file; one that was started while it was replaced is told once more.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from pathlib import Path

from extproc.limits import CONTROL_S, WORKER_PREPARE_S
from extproc.serving.control import Order, State, Unreachable, order
from extproc.serving.in_force import InForce

log = logging.getLogger(__name__)

_AGAIN_S = 0.1


class NotReady(RuntimeError):
    """A worker cannot go by the new config; the message is why."""


class Fleet:
    """The workers that have their control sockets at `controls`, and start from the file `in_force`."""

    def __init__(self, controls: Sequence[Path], in_force: Path) -> None:
        self._controls = controls
        self._file = in_force

    async def swap(self, new: InForce) -> tuple[str, ...]:
        """All go by `new`. Raises `NotReady`, and then all go by what they went by.

        The names of workers that do not answer.
        """
        candidate = self._file.with_suffix(".next")
        new.write(candidate)
        try:
            await self._prepare(candidate)
        except NotReady:
            candidate.unlink(missing_ok=True)
            raise
        candidate.replace(self._file)
        answers = await asyncio.gather(*(self._commit(control, new.generation) for control in self._controls))
        return tuple(c.stem for c, done in zip(self._controls, answers, strict=True) if not done)

    async def reject(self, rejected: InForce) -> None:
        """Let the health of every worker tell ``rejected.error``, also of one that starts later."""
        rejected.write(self._file)
        await self._all(Order("reject", text=rejected.error), CONTROL_S)

    async def older(self) -> int | None:
        """Exchanges that still go by an older generation; ``None`` where a worker does not say."""
        states = await self._all(Order("tell"), CONTROL_S)
        return None if None in states else sum(state.older for state in states if state)

    async def _prepare(self, candidate: Path) -> None:
        states = await self._all(Order("prepare", file=str(candidate)), WORKER_PREPARE_S)
        for control, state in zip(self._controls, states, strict=True):
            if state is not None and state.error:
                raise NotReady(f"{control.stem}: {state.error}")

    async def _all(self, said: Order, deadline_s: float) -> list[State | None]:
        return await asyncio.gather(*(_told(control, said, deadline_s) for control in self._controls))

    async def _commit(self, control: Path, generation: int) -> bool:
        """Until the worker says that it goes by `generation`, or does not answer for a while."""
        deadline = time.monotonic() + CONTROL_S
        while time.monotonic() < deadline:
            state = await _told(control, Order("commit", generation=generation), CONTROL_S)
            if state is not None and state.generation == generation:
                return True
            if state is not None:  # started before the file was replaced
                await _told(control, Order("prepare", file=str(self._file)), WORKER_PREPARE_S)
            else:
                await asyncio.sleep(_AGAIN_S)
        log.warning("%s does not answer; it goes by generation %d when it does", control.stem, generation)
        return False


async def _told(control: Path, said: Order, deadline_s: float) -> State | None:
    try:
        return await order(control, said, deadline_s)
    except Unreachable as error:
        log.info("%s", error)
        return None
