"""Resources for real Envoy: whether it takes them is known, and not assumed."""

import asyncio
import json
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from extproc.bootstrap.dynamic import Resources, divide
from extproc.bootstrap.envoy import find_envoy
from extproc.bootstrap.render import RenderOptions, render
from extproc.bootstrap.secrets import write_secrets
from extproc.ctl.reloading.admin import Admin
from extproc.ctl.reloading.delivery import Delivery, Refused, write_all
from extproc.testing import admin as testing
from extproc.testing.builders import a_listener, a_provider, a_snapshot
from extproc.testing.ports import PortClaim
from tests.ctl import processes


@dataclass
class Fed:
    """An Envoy that reads files in `folder`, and what is in them."""

    folder: Path
    admin: testing.Admin
    resources: Resources
    process: "subprocess.Popen[bytes]"

    def giving(self, test: Callable[[Delivery], Awaitable[None]]) -> None:
        """Run `test` with a delivery to it; what it has then is what it has for the next one."""

        async def run() -> None:
            admin = Admin(self.admin.port)
            delivery = Delivery(self.folder / "envoy", admin, self.folder / "envoy.log", self.resources)
            try:
                await test(delivery)
            finally:
                self.resources = delivery.now
                await admin.close()

        asyncio.run(run())

    def version(self, what: str) -> str:
        """That of a subscription."""
        text = self.admin.page(f"/stats?filter={what}.version_text")
        return text.rsplit(": ", 1)[1].strip().strip('"')


@pytest.fixture(scope="module")
def fed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fed]:
    folder = tmp_path_factory.mktemp("fed")
    claims = [PortClaim(), PortClaim()]
    options = RenderOptions(
        extproc_sockets=(str(folder / "extproc-0.sock"),),
        secrets_dir=str(folder / "secrets"),
        admin_port=claims[0].port,
        access_log_path=str(folder / "access.log"),
    )
    provider = a_provider()
    here = replace(provider, upstream=replace(provider.upstream, host="127.0.0.1", tls=False))
    snapshot = replace(a_snapshot(here), listeners=(a_listener(port=claims[1].port),))
    write_secrets(snapshot, folder / "secrets", {"OPENAI_API_KEY": "sk-1"})
    fixed, resources = divide(render(snapshot, options), str(folder / "envoy"))
    write_all(resources, folder / "envoy")
    (folder / "envoy.json").write_text(json.dumps(fixed))
    envoy = Fed(folder, testing.Admin(claims[0].port), resources, start(folder))
    processes.until(envoy.admin.ready, "Envoy is ready")
    yield envoy
    envoy.process.terminate()
    envoy.process.wait()
    for claim in claims:
        claim.release()


def start(folder: Path) -> "subprocess.Popen[bytes]":
    command = [find_envoy(), "--config-path", folder / "envoy.json", "--use-dynamic-base-id"]
    command += ["--concurrency", "1", "--log-level", "warning", "--reject-unknown-dynamic-fields"]
    with (folder / "envoy.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


def with_cluster(resources: Resources, **more: Any) -> Resources:
    """Another cluster, like the one there is."""
    (cluster,) = resources.clusters.values()
    other = {**deepcopy(cluster), "name": "other", **more}
    other["load_assignment"]["cluster_name"] = "other"
    return replace(resources, clusters={**resources.clusters, "other": other})


def leading_to(resources: Resources, cluster: str) -> Resources:
    """With a cluster in a route."""
    routes = deepcopy(dict(resources.routes))
    (host,) = routes["models"]["virtual_hosts"]
    host["routes"][-1]["route"]["cluster"] = cluster
    return replace(resources, routes=routes)


def test_what_is_given_is_there_when_it_returns(fed: Fed) -> None:
    """A route may only name a cluster that is there: Envoy refuses another (`validate_clusters`)."""

    async def test(delivery: Delivery) -> None:
        before = delivery.now
        await delivery.put(leading_to(with_cluster(before), "other"))
        assert 1 == len(fed.admin.hosts("other"))
        await delivery.put(before, taking_away=True)
        assert [] == fed.admin.hosts("other")

    fed.giving(test)


def test_only_what_changed_is_written(fed: Fed) -> None:
    async def test(delivery: Delivery) -> None:
        listeners, routes = fed.version("listener_manager.lds"), fed.version("rds.models")
        before = delivery.now
        await delivery.put(with_cluster(before))
        assert (listeners, routes) == (fed.version("listener_manager.lds"), fed.version("rds.models"))
        await delivery.put(before)

    fed.giving(test)


def refused(fed: Fed, wanted: Callable[[Resources], Resources]) -> str:
    """Why Envoy does not take it; afterwards it has what it had."""
    reasons = []

    async def test(delivery: Delivery) -> None:
        before = delivery.now
        with pytest.raises(Refused) as caught:
            await delivery.put(wanted(before))
        reasons.append(str(caught.value))
        await delivery.put(before, taking_away=True)
        assert before == delivery.now

    fed.giving(test)
    return reasons[0]


def test_a_route_to_nowhere_is_refused_in_envoys_words(fed: Fed) -> None:
    reason = refused(fed, lambda now: leading_to(now, "missing"))

    assert "Envoy refuses it: route: unknown cluster 'missing'" == reason
    assert "nowhere" in fed.admin.page("/config_dump?resource=dynamic_route_configs")


def test_a_field_that_envoy_does_not_know_is_refused(fed: Fed) -> None:
    """Else it would be passed over in silence."""
    reason = refused(fed, lambda now: with_cluster(now, no_such_field=True))

    assert "no_such_field" in reason
    assert [] == fed.admin.hosts("other")


def test_a_cluster_that_is_wrong_does_not_take_the_others_with_it(fed: Fed) -> None:
    """Of a refused file of clusters Envoy takes the good ones all the same."""
    reason = refused(fed, lambda now: with_cluster(now, type="EDS"))

    assert "other" in reason
    assert 1 == len(fed.admin.hosts("openai_api.openai.com_443"))


def test_a_port_that_is_taken_is_refused_and_the_other_listener_stays(fed: Fed) -> None:
    def with_listener(now: Resources) -> Resources:
        other = {**deepcopy(now.listeners["models"]), "name": "other"}
        other["address"]["socket_address"]["port_value"] = fed.admin.port
        return replace(now, listeners={**now.listeners, "other": other})

    assert "Address already in use" in refused(fed, with_listener)
    assert {1} == set(fed.admin.stats("listener_manager.total_listeners_active").values())


def test_an_envoy_that_is_just_being_started_again_reads_what_was_written(fed: Fed) -> None:
    """It is waited for."""
    fed.process.kill()
    fed.process.wait()

    async def test(delivery: Delivery) -> None:
        putting = asyncio.create_task(delivery.put(with_cluster(delivery.now)))
        await asyncio.sleep(0)
        fed.process = start(fed.folder)
        await putting

    fed.giving(test)
    assert 1 == len(fed.admin.hosts("other"))
