"""`planoctl chat`, before a scripted server."""

from collections.abc import Iterator

import pytest

from extproc.testing.answers import Cut, error, openai_chat, openai_chat_stream
from extproc.testing.upstream import Upstream
from tests.ctl.cli import Cli


@pytest.fixture
def server() -> Iterator[Upstream]:
    with Upstream(told=frozenset({"x-model-affinity"})) as upstream:
        yield upstream


def test_an_answer_is_streamed_and_says_who_gave_it(cli: Cli, server: Upstream) -> None:
    server.script(
        openai_chat_stream(["Ra", "in."]).adding(
            ("x-plano-model", "gpt-4o"), ("x-plano-provider", "openai/gpt-4o")
        )
    )

    result = cli("chat", "Will it rain?", "--url", server.url, "--model", "fast")

    assert (0, "Rain.\n\n") == (result.code, result.out)
    assert "gpt-4o (openai/gpt-4o) · first token " in result.err
    body = server.only().json()
    assert {"messages": [user("Will it rain?")], "model": "fast", "stream": True} == body


def test_agents_are_shown_in_the_order_they_worked(cli: Cli, server: Upstream) -> None:
    server.script(openai_chat_stream(["Done."]).adding(("x-plano-agent", "b"), ("x-plano-agents", "a, b")))

    assert "a → b · " in cli("chat", "Hi", "--url", server.url).err


def test_what_was_said_is_sent_along_in_one_conversation(cli: Cli, server: Upstream) -> None:
    server.script(openai_chat_stream(["Sunny."]), openai_chat_stream(["Rainy."]))

    result = cli("chat", "--url", server.url, "--system", "Be brief.", stdin="Today?\n\nAnd tomorrow?\n")

    first, second = server.requests
    assert 0 == result.code, result
    assert [{"role": "system", "content": "Be brief."}, user("Today?")] == first.json()["messages"]
    assert [
        {"role": "system", "content": "Be brief."},
        user("Today?"),
        {"role": "assistant", "content": "Sunny."},
        user("And tomorrow?"),
    ] == second.json()["messages"]
    assert first.header("x-model-affinity") == second.header("x-model-affinity")


def test_new_forgets_and_is_another_conversation(cli: Cli, server: Upstream) -> None:
    server.script(openai_chat_stream(["Sunny."]), openai_chat_stream(["Rainy."]))

    cli("chat", "--url", server.url, stdin="Today?\n/new\n/model other\nTomorrow?\n/quit\nNever asked\n")

    first, second = server.requests
    assert [user("Tomorrow?")] == second.json()["messages"]
    assert "other" == second.json()["model"]
    assert first.header("x-model-affinity") != second.header("x-model-affinity")


def test_an_answer_that_is_not_streamed_is_shown_all_the_same(cli: Cli, server: Upstream) -> None:
    server.script(openai_chat("Whole."))

    assert "Whole." in cli("chat", "Hi", "--url", server.url).out


def test_an_error_is_shown_and_the_talk_goes_on_without_it(cli: Cli, server: Upstream) -> None:
    refusal = error(404, {"error": {"message": "No model is called x."}})
    server.script(refusal, openai_chat_stream(["Here."]))

    result = cli("chat", "--url", server.url, stdin="First\nSecond\n")

    assert 1 == result.code
    assert "error: 404: No model is called x." in result.err
    assert [user("Second")] == server.requests[1].json()["messages"]


def test_an_answer_that_breaks_off_is_an_error(cli: Cli, server: Upstream) -> None:
    server.script(openai_chat_stream(["Once upon", " a time"]).held(2, Cut.RESET))

    result = cli("chat", "Tell me", "--url", server.url)

    assert 1 == result.code
    assert "error: no whole answer came" in result.err


def test_nobody_to_talk_to_is_said(cli: Cli) -> None:
    result = cli("chat", "Hi")

    assert 1 == result.code
    assert "error: no gateway is running" in result.err
    assert "hint: planoctl up starts one; --url names one elsewhere" in result.err


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}
