"""The access log to plano-state: on every listener where there is one, and nowhere else."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from extproc.bootstrap.envoy import validate
from extproc.bootstrap.options import RenderOptions
from extproc.bootstrap.render import render
from extproc.testing.builders import a_listener
from tests.bootstrap.values import OPTIONS, a_snapshot_of, an_upstream

WITH = replace(OPTIONS, state_socket="/run/plano/state.sock", outbound_socket="/run/plano/outbound.sock")
SNAPSHOT = replace(a_snapshot_of(an_upstream("a")), listeners=(a_listener("one"), a_listener("two", port=2)))


def logs(options: RenderOptions) -> list[list[dict[str, Any]]]:
    """The access logs of each listener."""
    listeners = render(SNAPSHOT, options)["static_resources"]["listeners"]
    return [
        listener["filter_chains"][0]["filters"][0]["typed_config"]["access_log"] for listener in listeners
    ]


def test_every_listener_tells_by_its_name() -> None:
    """That of the workers' own calls, too."""
    found = [own[1]["typed_config"] for own in logs(WITH)]

    assert ["one", "two", "outbound"] == [config["common_config"]["log_name"] for config in found]
    assert [["x-plano-reply"]] * 3 == [config["additional_response_headers_to_log"] for config in found]
    assert [False] * 3 == ["additional_request_headers_to_log" in config for config in found]


def test_the_cluster_is_the_socket() -> None:
    clusters = render(SNAPSHOT, WITH)["static_resources"]["clusters"]

    [cluster] = [cluster for cluster in clusters if cluster["name"] == "state"]
    assert "/run/plano/state.sock" in json.dumps(cluster["load_assignment"])


def test_without_a_service_nothing_is_said_of_it() -> None:
    """`planoctl render` is for places where there may be none."""
    assert [1, 1] == [len(own) for own in logs(OPTIONS)]
    assert '"state"' not in json.dumps(render(SNAPSHOT, OPTIONS))


def test_envoy_accepts_it(tmp_path: Path) -> None:
    """Whether the service is there or not."""
    path = tmp_path / "envoy.json"
    secrets = replace(WITH, secrets_dir=str(tmp_path))
    path.write_text(json.dumps(render(a_snapshot_of(), secrets)))

    validate(path)
