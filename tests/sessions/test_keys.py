"""What a conversation is called."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.dialects.api import Api
from extproc.limits import HASHED_FIELD_BYTES_MAX, HASHED_FIELDS_KEPT, SESSION_ID_CHARS_MAX
from extproc.sessions import fnv, keys
from extproc.translation.request import read
from tests.sessions.asking import asked, assistant, chat, system, user

RUST = (
    system("You are a senior Rust engineer."),
    user("Write a Rust function that reverses a linked list."),
)
CODING = (system("You are a coding agent."), user("Fix the bug in main.rs"))
SHORT = (system("s"), user("u"))


def plain(data: bytes, state: int = fnv.OFFSET_BASIS) -> int:
    """FNV-1a as it is written down."""
    for byte in data:
        state = (state ^ byte) * 0x100000001B3 % 2**64
    return state


def session(*messages: dict[str, Any], **others: Any) -> str | None:
    return keys.of(chat(*messages), **others).session


@pytest.mark.parametrize(
    ("text", "expected"),
    [(b"", 0xCBF29CE484222325), (b"a", 0xAF63DC4C8601EC8C), (b"foobar", 0x85944171F73967E8)],
)
def test_the_hash_is_fnv_1a(text: bytes, expected: int) -> None:
    """Vectors of the draft that describes it."""
    assert expected == fnv.with_bytes(fnv.OFFSET_BASIS, text)


@given(st.binary(max_size=200), st.integers(0, 2**64 - 1))
def test_bytes_taken_by_fours_give_the_same_hash(data: bytes, state: int) -> None:
    assert plain(data, state) == fnv.with_bytes(state, data)


@given(st.text(max_size=300))
def test_a_field_is_its_bytes_and_its_end_the_first_time_and_the_second(text: str) -> None:
    expected = plain(text.encode() + b"\x1f")

    assert [expected, expected] == [fnv.with_field(fnv.OFFSET_BASIS, text) for _ in range(2)]


def test_a_field_is_hashed_byte_by_byte_up_to_its_limit() -> None:
    text = "x" * HASHED_FIELD_BYTES_MAX

    assert plain(text.encode() + b"\x1f") == fnv.with_field(fnv.OFFSET_BASIS, text)


def test_a_longer_field_still_counts_to_its_last_byte() -> None:
    long = "x" * (HASHED_FIELD_BYTES_MAX + 1)

    assert fnv.with_field(0, long + "a") != fnv.with_field(0, long + "b")


def test_what_is_remembered_of_fields_has_a_limit() -> None:
    for i in range(HASHED_FIELDS_KEPT + 10):
        fnv.with_field(i, "a text that is long enough to be remembered for a while")

    assert len(fnv._after) <= HASHED_FIELDS_KEPT


@pytest.mark.parametrize(
    ("messages", "tools", "tenant", "expected", "prefix"),
    [
        (RUST, (), "", "implicit:8e76b367cc3a4336", "45bddd7259df5e99"),
        (CODING, (), "", "implicit:5a7d7357e976d47b", "5364dda745adbf65"),
        (SHORT, (), "", "implicit:0f3606ae945d0841", None),
        (SHORT, ("get_weather",), "", "implicit:d3f22a8e83bdf204", None),
        (SHORT, (), "acme", "implicit:52c40c0e6600d2bf", None),
    ],
)
def test_keys_are_planos(
    messages: tuple[dict[str, Any], ...],
    tools: tuple[str, ...],
    tenant: str,
    expected: str,
    prefix: str | None,
) -> None:
    """Its verified vectors."""
    own = keys.of(chat(*messages, tools=tools), tenant)

    assert expected == own.session
    assert prefix in (None, own.prefix)
    assert not own.explicit


@pytest.mark.parametrize(
    ("api", "body"),
    [
        (
            Api.MESSAGES,
            {
                "max_tokens": 9,
                "system": "You are a coding agent.",
                "messages": [user("Fix the bug in main.rs")],
            },
        ),
        (
            Api.MESSAGES,
            {
                "max_tokens": 9,
                "system": [{"type": "text", "text": "You are a coding agent."}],
                "messages": [user([{"type": "text", "text": "Fix the bug in main.rs"}])],
            },
        ),
        (Api.RESPONSES, {"instructions": "You are a coding agent.", "input": "Fix the bug in main.rs"}),
        (
            Api.CHAT,
            {
                "messages": [
                    {"role": "developer", "content": "You are a coding agent."},
                    user("Fix the bug in main.rs"),
                ]
            },
        ),
    ],
)
def test_a_conversation_has_one_key_in_all_apis(api: Api, body: dict[str, Any]) -> None:
    assert keys.of(chat(*CODING)) == keys.of(asked(api, body))


def test_a_conversation_keeps_its_keys_as_it_grows() -> None:
    grown = chat(*CODING, assistant("Done."), user("Now add tests"), assistant("Added."), user("Thanks"))

    assert keys.of(chat(*CODING)) == keys.of(grown)


def test_another_first_question_is_another_conversation_with_the_same_prefix() -> None:
    one, other = keys.of(chat(system("s"), user("a"))), keys.of(chat(system("s"), user("b")))

    assert one.session != other.session
    assert one.prefix == other.prefix


def test_two_system_messages_are_joined_by_a_line_end() -> None:
    assert session(system("a"), system("b"), user("u")) == session(system("a\nb"), user("u"))


def test_a_request_in_which_nobody_speaks_has_no_key() -> None:
    assert keys.NO_KEYS == keys.of(chat(system("s")))


def test_pictures_tell_conversations_apart() -> None:
    """Plano ignores them: all first questions about a picture would be one conversation."""

    def about(picture: str) -> str | None:
        image = {"type": "image_url", "image_url": {"url": picture}}
        return session(user([{"type": "text", "text": "What is this?"}, image]))

    one, other = about("https://x.test/1.png"), about("data:image/png;base64,AAAA")

    assert 3 == len({one, other, session(user("What is this?"))})


@pytest.mark.parametrize(
    "part",
    [
        {"type": "input_audio", "input_audio": {"data": "QUJD", "format": "wav"}},
        {"type": "file", "file": {"file_id": "file-1"}},
    ],
)
def test_so_do_sound_and_files(part: dict[str, Any]) -> None:
    assert session(user([part])) != session(user(""))


def test_the_line_that_claude_code_changes_each_time_is_not_the_conversations() -> None:
    """Its hash would make each request a conversation of its own."""
    text = {"type": "text", "text": "You are Claude Code."}

    def turn(cch: str) -> keys.Keys:
        line = f"x-anthropic-billing-header: cc_version=2.1.100.7b4; cch={cch};"
        blocks = [{"type": "text", "text": line}, text]
        return keys.of(asked(Api.MESSAGES, {"max_tokens": 9, "system": blocks, "messages": [user("Fix it")]}))

    whole = system("x-anthropic-billing-header: cch=3;\nYou are Claude Code.")

    assert turn("1") == turn("2")
    assert turn("1") == keys.of(chat(system("You are Claude Code."), user("Fix it")))
    assert turn("1") == keys.of(chat(whole, user("Fix it")))


def test_the_clients_own_id_is_taken_as_it_is() -> None:
    own = keys.of(chat(*CODING), affinity=" run-7 ")

    assert ("run-7", True) == (own.session, own.explicit)
    assert keys.of(chat(*CODING)).prefix == own.prefix


def test_the_clients_own_id_serves_where_nobody_speaks() -> None:
    assert keys.Keys("run-7", None, explicit=True) == keys.of(chat(system("s")), affinity="run-7")


def test_with_the_cache_off_nothing_but_the_clients_own_id_is_used() -> None:
    assert keys.NO_KEYS == keys.of(chat(*CODING), cached=False)
    assert keys.Keys("a", None, explicit=True) == keys.of(chat(*CODING), affinity="a", cached=False)


def test_a_long_id_is_cut_to_its_hash() -> None:
    """It stands in memory for each conversation."""
    long = "x" * (SESSION_ID_CHARS_MAX + 1)
    own = keys.of(chat(*CODING), affinity=long)

    assert own.session is not None
    assert 64 == len(own.session)
    assert own.session != session(*CODING, affinity=long + "x")


NAMES = st.text(st.sampled_from("a:%/ i"), max_size=6)


@given(NAMES, NAMES, NAMES, NAMES, NAMES, NAMES)
def test_no_tenant_can_name_anothers_conversation(
    t1: str, l1: str, s1: str, t2: str, l2: str, s2: str
) -> None:
    one = keys.Keys(s1, None, explicit=True, tenant=t1).entry(l1)
    other = keys.Keys(s2, None, explicit=True, tenant=t2).entry(l2)

    assert (one == other) == ((t1, l1, s1) == (t2, l2, s2))


def test_what_has_no_session_has_no_entry() -> None:
    assert keys.NO_KEYS.entry("gpt-4o") is None


def test_an_entry_says_what_it_is_of() -> None:
    """The store has other things, too."""
    own = keys.Keys("run-7", None, explicit=True, tenant="a:b")

    assert "model:a%3Ab:openai/gpt-4o:run-7" == own.entry("openai/gpt-4o")


def test_an_answer_that_only_its_provider_has_is_nobodys_word() -> None:
    """Else all conversations that go on from one would be the same."""
    first, second = (
        read(b'{"model": "m", "input": "%b", "previous_response_id": "resp_1"}' % said, Api.RESPONSES, "m")
        for said in (b"one", b"two")
    )

    assert keys.of(first).session != keys.of(second).session
