"""What an outsider, a log or a dump gets to see: no key, no port but the listeners'."""

import json
from pathlib import Path

import httpx
import pytest

from extproc.testing.processes import descendants, listening

CHAT = "/v1/chat/completions"


@pytest.fixture(scope="module")
def used(gateway):
    """The shared gateway after requests that went well, went wrong and were refused."""
    with httpx.Client(base_url=gateway.base_url, trust_env=False) as client:
        credential = {"authorization": "Bearer sk-client-credential", "x-api-key": "sk-client-credential"}
        for model in ("gpt-4o", "deepseek-chat", "azure_openai/gpt-5", "xai/grok-4", "nobody"):
            client.post(f"{CHAT}?key=sk-client-in-query", json={"model": model}, headers=credential)
        client.post("/v1/messages", json={"model": "claude"}, headers=credential)
        client.post(CHAT, content=b'{"sk-client-in-body"', headers=credential)
    gateway.logged(lambda line: line["model"] == "grok-4")
    return gateway


WHERE = {
    "the access log": lambda gateway: json.dumps(gateway.access_log()),
    "Envoy's log": lambda gateway: (gateway.directory / "envoy.log").read_text(),
    "extproc's log": lambda gateway: (gateway.directory / "extproc.log").read_text(),
    "the rendered bootstrap": lambda gateway: (gateway.directory / "envoy.json").read_text(),
    "Envoy's config dump": lambda gateway: gateway.admin.page("/config_dump?include_eds"),
    "Envoy's statistics": lambda gateway: gateway.admin.page("/stats"),
    "Envoy's list of clusters": lambda gateway: gateway.admin.page("/clusters"),
    "the list of models": lambda gateway: httpx.get(f"{gateway.base_url}/v1/models", trust_env=False).text,
    "the command lines": lambda gateway: "".join(
        Path(f"/proc/{pid}/cmdline").read_text()
        for pid in (gateway.envoy.pid, gateway.extproc.pid, *gateway.worker_pids)
    ),
}


@pytest.mark.parametrize("where", WHERE.values(), ids=WHERE.keys())
def test_no_secret_is_to_be_seen_in(used, where):
    """Neither a provider's key nor a client's credential, wherever the client put it."""
    text = where(used)

    assert not [marker for marker in ("sk-secret-", "sk-client-") if marker in text]


def test_what_was_searched_is_not_empty(used):
    """Envoy's own log may well be."""
    assert not [name for name, where in WHERE.items() if not where(used) and name != "Envoy's log"]


def test_no_process_of_extproc_holds_a_key(used):
    """Keys never pass through Python: they are not even in its environment."""
    for pid in (used.extproc.pid, *used.worker_pids):
        assert b"sk-secret-" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_the_key_files_are_for_their_owner_alone(gateway):
    secrets = gateway.directory / "secrets"
    files = [path for path in secrets.rglob("*") if path.is_file()]

    assert 0o700 == secrets.stat().st_mode & 0o777
    assert files
    assert {0o600} == {path.stat().st_mode & 0o777 for path in files}


def test_the_sockets_of_extproc_are_for_their_owner_alone(gateway):
    sockets = list(gateway.directory.glob("*.sock"))

    assert sockets
    assert not [path for path in sockets if path.stat().st_mode & 0o077]


def test_envoy_listens_on_loopback_alone_and_only_where_it_should(gateway):
    assert {("127.0.0.1", gateway.port), ("127.0.0.1", gateway.admin.port)} == listening(gateway.envoy.pid)


def test_extproc_has_no_port_at_all(gateway):
    pids = (gateway.extproc.pid, *descendants(gateway.extproc.pid))

    assert [set() for _ in pids] == [listening(pid) for pid in pids]


def test_the_access_log_tells_a_requests_story(gateway, http, providers):
    http.post(f"{CHAT}?marker=story", json={"model": "fast"}, headers={"user-agent": "story/1"})

    line = gateway.logged(lambda line: line["user_agent"] == "story/1")
    told = {
        key: line[key] for key in ("method", "path", "status", "provider", "model", "operation", "attempts")
    }
    assert told == {
        "method": "POST",
        "path": CHAT,
        "status": 200,
        "provider": "openai/gpt-4o-mini",
        "model": "gpt-4o-mini",
        "operation": "chat",
        "attempts": 1,
    }
    assert line["upstream"] == providers.openai.url.removeprefix("http://")
    assert line["extproc_headers_us"] > 0
    assert line["extproc_body_us"] > 0
