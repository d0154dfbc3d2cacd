"""Real Envoy is as content with one transport as with the other, and keeps no exchange that is over.

All tests of this folder run on the reference too: ``PLANO_TEST_TRANSPORT=grpc pytest tests/e2e``.
"""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from extproc.serving.transport import Transport
from extproc.testing.gateway import Gateway
from extproc.testing.upstream import Upstream

CONFIG = """
version: v0.4.0
listeners:
  - {{type: model, name: models, address: 127.0.0.1, port: 12000}}
model_providers:
  - {{model: openai/gpt-4o, base_url: "{url}", access_key: k, default: true}}
"""
TROUBLE = (
    "rx_messaging_error",
    "protocol_error",
    "flood",
    "timeout",
    "cx_destroy",
    "_overflow",
    "_failed",
    "5xx",
)


@pytest.fixture(scope="module", params=list(Transport))
def served(request):
    with Upstream() as upstream, Gateway(CONFIG.format(url=upstream.url), transport=request.param) as gateway:
        yield upstream, gateway


def post(gateway, **body):
    return httpx.post(
        f"{gateway.base_url}/v1/chat/completions",
        json={"model": "gpt-4o"} | body,
        trust_env=False,
        timeout=30,
    )


def test_bodies_of_every_size_go_there_and_come_back_at_once(served):
    """Across the frame, the windows and the write buffer, several on one connection."""
    upstream, gateway = served
    sizes = [1, 16_000, 16_384, 65_536, 1 << 20, (1 << 20) + 1, 10 << 20] * 2
    upstream.forget()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda size: post(gateway, x="x" * size), sizes))

    assert [200] * len(sizes) == [answer.status_code for answer in answers]
    assert sorted(sizes) == sorted(len(request.json()["x"]) for request in upstream.requests)


def test_envoy_sees_no_trouble_and_no_stream_stays_open(served):
    _, gateway = served
    for _ in range(50):
        post(gateway)
        httpx.get(f"{gateway.base_url}/v1/models", trust_env=False)
        httpx.post(f"{gateway.base_url}/v1/chat/completions", content=b"{", trust_env=False)
    gateway.until(lambda: gateway.admin.workers()[0].active == 0, "every exchange is over")
    stats = gateway.admin.stats("^cluster.extproc|ext_proc")

    assert {} == {name: count for name, count in stats.items() if count and any(t in name for t in TROUBLE)}
    assert 1 == stats["cluster.extproc.upstream_cx_total"]
    assert stats["cluster.extproc.upstream_rq_total"] == stats["cluster.extproc.upstream_rq_200"]
