"""Puts another config in force while the gateway runs, or leaves everything as it is and says why.

read ─▶ try out ─▶ secrets, clusters, routes beside the old ones ─▶ workers change over ─▶ listeners
                                                   ⋮  (when nothing goes by the old config any more)
                                          old clusters, routes and secrets go

What fails on the way is undone in the reverse order.
"""

import asyncio
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from extproc.bootstrap.dynamic import Json, Resources, divide
from extproc.bootstrap.render import render
from extproc.bootstrap.secrets import (
    add_secrets,
    differing,
    put_back_secrets,
    remove_other_secrets,
    secret_name,
    secret_names,
)
from extproc.bootstrap.transition import transition
from extproc.config.changes import Changes, changes
from extproc.config.snapshot import Snapshot, StoreSettings
from extproc.config.watch import Contents
from extproc.ctl.gateway.places import of_stores, render_options, write_private
from extproc.ctl.gateway.record import ListenerRecord, Record
from extproc.ctl.home import Home
from extproc.ctl.reloading.admin import Admin
from extproc.ctl.reloading.candidate import Candidate, Origin, Rejected, candidate
from extproc.ctl.reloading.delivery import Delivery, Refused
from extproc.ctl.reloading.retirement import until_unused
from extproc.ctl.reloading.told import Told
from extproc.serving.fleet import Fleet, NotReady
from extproc.serving.in_force import InForce
from extproc.serving.sockets import control_path, socket_paths
from extproc.serving.texts import load


@dataclass(slots=True)
class _InForce:
    """What is known of the config in force, once something has asked for another."""

    snapshot: Snapshot
    fixed: Json
    """The part of Envoy's bootstrap that it was started with, and no reload changes."""
    wanted: Resources
    """What Envoy is to have, and nothing else, once nothing goes by an earlier config any more."""
    secrets: Collection[str]
    """The files of its secrets."""
    delivery: Delivery


class Reloader:
    """Of one gateway; for one task at a time."""

    def __init__(
        self,
        home: Home,
        record: Record,
        shell: Mapping[str, str],
        say: Callable[[str], None],
        restart: Callable[[str], None],
    ) -> None:
        """`say` hears what a log should tell; `restart` starts a program of the gateway again."""
        self._origin = Origin(Path(record.config), shell)
        self._home = home
        self._record = record
        self._say = say
        self._restart = restart
        self._options = render_options(home, record)
        self._stated = InForce.read(home.in_force)
        self._known: _InForce | None = None
        self._admin = Admin(record.admin_port)
        sockets = socket_paths(Path(record.socket_dir), record.workers)
        self._fleet = Fleet([control_path(socket) for socket in sockets], home.in_force)
        self._giving = asyncio.Lock()
        self._retiring: asyncio.Task[None] | None = None

    @property
    def read(self) -> tuple[tuple[Path, ...], Contents]:
        """The files that were read last, whether they could be used or not, and what was in them."""
        return self._origin.files, self._origin.contents

    async def reload(self, shell: Mapping[str, str], *, check: bool = False) -> Told:
        """Take the config as it is now; with `check` only say whether that could be done.

        Variables of `shell` win over those known until now.
        """
        self._origin.listen_to(shell)
        return await self._try() if check else await self._take_or_reject()

    async def close(self) -> None:
        """Leave what is in force as it is."""
        await self._stop_retiring()
        await self._admin.close()

    async def _take_or_reject(self) -> Told:
        try:
            return await self._take()
        except Rejected as rejected:
            return await self._reject(rejected.problems)
        except Exception as error:  # noqa: BLE001  a fault of ours must not end the watch: the next may be fine
            return await self._reject((f"a fault of the gateway: {type(error).__name__}: {error}",))

    async def _try(self) -> Told:
        try:
            found = await self._candidate()
        except Rejected as rejected:
            return Told(self._stated.generation, problems=rejected.problems)
        known = await self._in_force()
        before = await asyncio.to_thread(differing, found.rendered.secrets, self._home.secrets)
        return self._told(found, self._stated.generation, _changes(known.snapshot, found.snapshot, before))

    async def _take(self) -> Told:
        found = await self._candidate()
        known = await self._in_force()
        await self._stop_retiring()
        try:
            secrets, absent = await self._go(found, known.delivery)
            changed = _changes(known.snapshot, found.snapshot, secrets)
            notes = [f"{name} does not answer; it goes by this config when it does" for name in absent]
            notes += self._now_in_force(found, known)
        except (Refused, NotReady, OSError) as error:
            raise Rejected(str(error)) from error
        finally:
            self._retiring = asyncio.create_task(self._retire(known))
        self._say(f"generation {self._stated.generation} is in force: {changed}")
        return self._told(found, self._stated.generation, changed, notes)

    async def _candidate(self) -> Candidate:
        return await asyncio.to_thread(
            candidate,
            self._origin,
            self._stated.generation + 1,
            self._options,
            self._home.resources,
            self._home.trial,
            self._record.listeners,
        )

    async def _in_force(self) -> _InForce:
        """Worked out when it is first needed: most gateways never reload."""
        if self._known is None:
            snapshot = (await asyncio.to_thread(load, self._stated)).snapshot
            bootstrap = await asyncio.to_thread(render, snapshot, self._options)
            fixed, resources = divide(bootstrap, str(self._home.resources))
            log_file = self._home.logs / "envoy.log"
            delivery = Delivery(self._home.resources, self._admin, log_file, resources)
            self._known = _InForce(snapshot, fixed, resources, secret_names(snapshot), delivery)
        return self._known

    async def _go(
        self, found: Candidate, delivery: Delivery
    ) -> tuple[Mapping[str, str | None], tuple[str, ...]]:
        """Secrets that changed, and workers that do not answer.

        Raises `Refused`, `NotReady` or `OSError` after all was undone, as far as that is possible.
        """
        home, way = self._home, transition(delivery.now, found.rendered.resources)
        async with AsyncExitStack() as undo:
            secrets = add_secrets(found.rendered.secrets, home.secrets)
            undo.callback(put_back_secrets, secrets, home.secrets)
            undo.push_async_callback(self._put_back, delivery, delivery.now)
            await delivery.put(way.before)
            absent = await self._fleet.swap(found.in_force)
            undo.push_async_callback(self._swap_back)
            await delivery.put(way.after)
            undo.pop_all()
        return secrets, absent

    async def _put_back(self, delivery: Delivery, resources: Resources) -> None:
        """As far as Envoy lets us: what is to be told is what went wrong before."""
        try:
            await delivery.put(resources, taking_away=True)
        except (Refused, OSError) as error:
            self._say(f"Envoy cannot be given back what it had: {error}")

    async def _swap_back(self) -> None:
        try:
            await self._fleet.swap(self._stated)
        except (NotReady, OSError) as error:
            self._say(f"the workers cannot go back to generation {self._stated.generation}: {error}")

    def _now_in_force(self, found: Candidate, known: _InForce) -> list[str]:
        """For whoever reads what runs; what should be known of it."""
        before = known.snapshot
        self._stated, known.snapshot = found.in_force, found.snapshot
        known.wanted, known.secrets = found.rendered.resources, tuple(found.rendered.secrets)
        write_private(self._home.state_secrets, json.dumps(of_stores(found.loaded, found.environ)))
        write_private(self._home.config, found.in_force.text)
        listeners = tuple(map(ListenerRecord.of, found.served))
        self._record = msgspec.structs.replace(self._record, listeners=listeners)
        self._record.write(self._home.record)
        notes = []
        if _stores(before) != _stores(found.snapshot):
            self._restart("state")
            notes.append("plano-state starts again, to remember elsewhere: what it had in memory is gone")
        if known.fixed != found.rendered.fixed:
            notes.append("a part of it counts after planoctl down and planoctl up: Envoy has to start anew")
        return notes

    async def _reject(self, problems: tuple[str, ...]) -> Told:
        error = "\n".join(problems)
        self._say(f"the config is rejected, generation {self._stated.generation} stays in force: {error}")
        self._stated = msgspec.structs.replace(self._stated, error=error)
        await self._fleet.reject(self._stated)
        return Told(self._stated.generation, problems=problems)

    async def _retire(self, known: _InForce) -> None:
        """Whether the last config was taken or not: something may be left of one before."""
        retired = [name for name in known.delivery.now.clusters if name not in known.wanted.clusters]
        await until_unused(retired, self._fleet, self._admin)
        async with self._giving:
            try:
                await known.delivery.put(known.wanted, taking_away=True)
                remove_other_secrets(known.secrets, self._home.secrets)
            except (Refused, OSError) as error:
                self._say(f"what generation {self._stated.generation} does without is still there: {error}")

    async def _stop_retiring(self) -> None:
        """What was to go then is among what the next config finds."""
        task, self._retiring = self._retiring, None
        if task is not None:
            async with self._giving:  # not while it is giving Envoy something
                task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _told(self, found: Candidate, generation: int, changed: Changes, notes: Iterable[str] = ()) -> Told:
        warnings = tuple(map(str, found.loaded.warnings))
        return Told(generation, changes=changed, warnings=warnings, notes=tuple(notes))


def _stores(snapshot: Snapshot) -> tuple[StoreSettings, StoreSettings | None]:
    """What plano-state is started for."""
    return snapshot.session_cache, snapshot.state_storage


def _changes(old: Snapshot, new: Snapshot, secrets: Mapping[str, str | None]) -> Changes:
    """`secrets`: contents before, by the files that changed."""
    found = changes(old, new)
    rotated = tuple(f"secret {secret_name(file)}" for file, before in secrets.items() if before is not None)
    return replace(found, changed=(*found.changed, *rotated))
