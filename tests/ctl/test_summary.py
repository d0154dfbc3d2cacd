"""What of a config is shown, and the first request that is offered."""

import pytest

from extproc.config.load import loads
from extproc.config.snapshot import Snapshot
from extproc.ctl.gateway.record import ListenerRecord
from extproc.ctl.summary import curl, first_asked, providers

LISTENER = ListenerRecord("llm", "model", "127.0.0.1", 12000, tls=False, client_certificate=False)


def snapshot(entry: str) -> Snapshot:
    text = f"version: v0.4.0\nmodel_providers: [{{{entry}}}]\n"
    return loads(text, {"KEY": "k", "ID": "i", "SECRET": "s"}).snapshot


@pytest.mark.parametrize(
    ("entry", "shown"),
    [
        ("model: openai/m, access_key: $KEY", "$KEY"),
        ("model: openai/m, access_key: sk-literal", "in the config"),
        ("model: openai/m, passthrough_auth: true", "the client's"),
        (
            "model: amazon/m, aws: {region: us-east-1, access_key_id: $ID, secret_access_key: $SECRET}",
            "$ID",
        ),
        ("model: amazon/m, aws: {region: us-east-1, profile: work}", "AWS profile work"),
        ("model: amazon/m, aws: {region: us-east-1}", "AWS, found by Envoy"),
    ],
)
def test_a_provider_is_shown_with_where_its_key_is_from(entry: str, shown: str) -> None:
    keys = providers(snapshot(entry)).columns[2].cells

    assert [shown] == list(keys)


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        ("model: openai/m, access_key: $KEY", "/v1/chat/completions"),
        ("model: anthropic/m, access_key: $KEY", "/v1/messages"),
        ("model: amazon/m, aws: {region: us-east-1}", "/v1/chat/completions"),
        ("model: chatgpt/m", "/v1/chat/completions"),
    ],
)
def test_the_first_request_is_in_an_api_that_is_native_where_it_can_be(entry: str, path: str) -> None:
    command = curl(snapshot(entry), LISTENER)

    assert command is not None
    assert f"http://127.0.0.1:12000{path} " in command


AGENTS = """\
version: v0.4.0
agents: [{id: a, url: "http://127.0.0.1:1", description: A}]
listeners:
  - {name: llm, type: model, address: 127.0.0.1, port: 12000}
  - {name: travel, type: agent, address: 127.0.0.1, port: 8001, agents: [{id: a}]}
model_providers: [{model: openai/m, access_key: $KEY}]
"""


@pytest.mark.parametrize("passes", [False, True])
def test_agents_are_asked_first_and_without_a_model(passes: bool) -> None:
    """The client's key is sent only where an agent is shown it."""
    text = AGENTS.replace("description: A", f"description: A, passthrough_auth: {str(passes).lower()}")
    loaded = loads(text, {"KEY": "k"}).snapshot
    records = tuple(ListenerRecord.of(listener) for listener in loaded.listeners)

    command = curl(loaded, first_asked(records))

    assert command is not None
    assert "http://127.0.0.1:8001/v1/chat/completions " in command
    assert ('{"messages": [{"role": "user", "content": "Hello"}]}' in command, passes) == (
        True,
        "$API_KEY" in command,
    )


@pytest.mark.parametrize(
    ("entry", "shown"),
    [("model: openai/m, passthrough_auth: true", True), ("model: amazon/m, aws: {region: us-east-1}", False)],
)
def test_a_key_is_asked_for_where_the_clients_own_counts(entry: str, shown: bool) -> None:
    assert shown == ("$API_KEY" in (curl(snapshot(entry), LISTENER) or ""))
