"""Conversations of the Responses API in the state service: any worker knows them, and its loss is told."""

from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from extproc.testing.gateway import Gateway
from extproc.testing.upstream import Upstream

CONFIG = """
version: v0.4.0
listeners:
  - {{type: model, name: models, port: 12000}}
model_providers:
  - {{model: anthropic/claude, base_url: "{url}", access_key: $KEY}}
state_storage: {{type: sqlite, path: "{file}"}}
"""
TURNS = 12


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    with Upstream() as provider:
        config = CONFIG.format(url=provider.url, file=tmp_path / "state.db")
        with Gateway(config, {"KEY": "sk"}, workers=2, state=True) as running:
            yield running


def test_every_worker_goes_on_with_a_conversation_and_its_loss_is_told(gateway: Gateway) -> None:
    """The file outlives the service."""
    with openai.OpenAI(base_url=f"{gateway.base_url}/v1", api_key="x", max_retries=0, timeout=20) as client:
        _talk(gateway, client)


def _talk(gateway: Gateway, client: openai.OpenAI) -> None:
    ids = [None]
    for number in range(TURNS):
        made = client.responses.create(model="claude", input=f"{number}", previous_response_id=ids[-1])
        ids.append(made.id)
    items = client.responses.input_items.list(ids[-1], limit=100).data
    assert 2 * TURNS - 1 == len(items)

    gateway.kill_state()
    for ask in (
        lambda: client.responses.retrieve(ids[-1]),
        lambda: client.responses.create(model="claude", input="?", previous_response_id=ids[-1]),
    ):
        with pytest.raises(openai.InternalServerError) as raised:
            ask()
        assert (503, "state_unavailable") == (raised.value.status_code, raised.value.code)
    unkept = client.responses.create(model="claude", input="Hello")
    assert ("Hello", False) == (unkept.output_text, unkept.store)

    gateway.start_state()
    assert gateway.state_socket is not None
    gateway.until(gateway.state_socket.exists, "plano-state listens")
    # Each worker finds the service again by itself.
    gateway.until(lambda: all(_found(client, ids[-1]) for _ in range(TURNS)), "it is found again")
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(unkept.id)


def _found(client: openai.OpenAI, response_id: str | None) -> bool:
    assert response_id is not None
    try:
        return bool(client.responses.retrieve(response_id))
    except openai.InternalServerError:
        return False
