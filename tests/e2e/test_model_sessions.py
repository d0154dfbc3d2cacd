"""Prompt caches and budgets of conversations, over real Envoy with the official SDKs."""

import pytest

from extproc.dialects.api import Api
from extproc.testing import answers
from extproc.testing.answers import Gate
from tests.e2e.tasks import ASKED, FIX, SESSIONS, THANKS, Tasks, at_work

DEAR = {
    "routing_preferences": [
        {
            "name": "small talk",
            "description": f'Greetings and thanks. Handles: "{THANKS}"',
            "models": ["openai/gpt-4o"],
        }
    ]
}
LONG = "You are a coding agent, and a careful one. " * 150


@pytest.fixture(scope="module")
def _tasks(tmp_path_factory: pytest.TempPathFactory):
    with at_work(tmp_path_factory.mktemp("prices"), ASKED, SESSIONS) as tasks:
        yield tasks


@pytest.fixture
def tasks(_tasks):
    """No requests yet; fails the test when a provider saw what it must not."""
    _tasks.forget()
    yield _tasks
    _tasks.check()


def test_a_budget_keeps_a_conversation_where_its_prompt_is_cached(tasks: Tasks) -> None:
    """A tenth of what the cache costs does not pay for reading it all anew; all of it and more does."""
    turns = (FIX, "It is done.", THANKS)
    with tasks.client(Api.CHAT) as client:
        client.ask(FIX, x_tenant="a", x_model_affinity="s")
        tasks.logged(route="code", status=200)
        client.ask(*turns, x_tenant="a", x_model_affinity="s", body=DEAR)
        client.ask(*turns, x_tenant="b", x_model_affinity="s", body=DEAR)

    assert ["claude-house-1", "claude-house-1", "gpt-4o"] == tasks.asked()


def test_a_conversation_is_known_by_what_it_begins_with(tasks: Tasks) -> None:
    """A cheaper model at once is no loss; the way back is."""
    with tasks.client(Api.CHAT) as client:
        client.ask(FIX)
        client.ask(FIX, "It is done.", THANKS)
        client.ask(FIX, "It is done.", THANKS, "You are welcome.", FIX)

    assert ["claude-house-1", "gpt-4o-mini", "gpt-4o-mini"] == tasks.asked()


@pytest.mark.parametrize("api", [Api.CHAT, Api.MESSAGES, Api.RESPONSES])
def test_prompts_are_marked_for_claude(tasks: Tasks, api: Api) -> None:
    """Whatever API the client speaks; the model that it asked for caches by itself."""
    with tasks.client(api) as client:
        client.ask(LONG, "It is done.", FIX, x_tenant=api)

    newest = tasks["anthropic"].only().json()["messages"][-1]["content"][-1]
    assert {"type": "ephemeral"} == newest["cache_control"]


def test_a_client_may_want_no_marks(tasks: Tasks) -> None:
    with tasks.client(Api.MESSAGES) as client:
        client.ask(LONG, "It is done.", FIX, x_plano_cache="off")

    assert b"cache_control" not in tasks["anthropic"].only().body


def test_a_stream_that_is_looked_at_comes_piece_by_piece(tasks: Tasks) -> None:
    """The client reads the first words before the provider says the next ones; a budget reads along."""
    gate = Gate()
    tasks["openai"].script(answers.openai_chat_stream(["One.", " Two."]).held(2, gate))
    said = [{"role": "user", "content": THANKS}]
    texts = []

    with (
        tasks.client(Api.CHAT) as client,
        client.openai.chat.completions.create(model="gpt-4o", messages=said, stream=True) as chunks,
    ):
        for chunk in chunks:
            texts.append(chunk.choices[0].delta.content or "")
            if "One." in texts:
                gate.open()

    assert "One. Two." == "".join(texts)
