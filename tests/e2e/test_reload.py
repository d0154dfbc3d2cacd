"""``plano-extproc`` beside an Envoy of somebody else's: SIGHUP has its workers change over."""

import signal

import httpx
import pytest

from extproc.testing.gateway import Gateway
from extproc.testing.upstream import Upstream

CONFIG = """
version: v0.4.0
listeners:
  - {{type: model, name: models, address: 127.0.0.1, port: 12000}}
model_providers:
  - {{model: openai/gpt-4o, base_url: "{url}", access_key: sk-1, default: true}}
  - {{model: openai/gpt-4o-mini, base_url: "{url}", access_key: sk-1}}
model_aliases:
  fast: {{target: gpt-4o}}
"""


@pytest.fixture(scope="module")
def upstream():
    with Upstream() as running:
        yield running


@pytest.fixture(scope="module")
def gateway(upstream):
    with Gateway(CONFIG.format(url=upstream.url), workers=2) as running:
        yield running


def reload(gateway, text):
    """Another config, and the signal."""
    (gateway.directory / "config.yaml").write_text(text)
    gateway.extproc.send_signal(signal.SIGHUP)


def config(gateway):
    """What health checks say of it; of both workers, after some."""
    with httpx.Client(base_url=gateway.base_url, trust_env=False) as client:
        told = [client.get("/healthz").json()["config"] for _ in range(8)]
    return told[0] if all(one == told[0] for one in told) else None


def test_both_workers_go_by_the_new_config(gateway, upstream):
    reload(gateway, CONFIG.format(url=upstream.url).replace("target: gpt-4o", "target: gpt-4o-mini"))
    gateway.until(lambda: config(gateway) == {"generation": 2, "error": None}, "generation 2")

    body = {"model": "fast", "messages": []}
    answer = httpx.post(f"{gateway.base_url}/v1/chat/completions", json=body, trust_env=False)
    assert "gpt-4o-mini" == answer.json()["model"]
    assert "generation 2 is in force: changed aliases" in (gateway.directory / "extproc.log").read_text()


def test_one_that_cannot_be_used_is_told_and_changes_nothing(gateway, upstream):
    before = config(gateway)["generation"]
    reload(gateway, "nonsense: [")
    gateway.until(lambda: (config(gateway) or {}).get("error"), "the error is told")
    rejected = config(gateway)
    reload(gateway, CONFIG.format(url=upstream.url))
    gateway.until(lambda: (config(gateway) or {}).get("error", "") is None, "it is mended")

    assert before == rejected["generation"]
    assert "config.yaml:2" in rejected["error"]
    assert before + 1 == config(gateway)["generation"]
