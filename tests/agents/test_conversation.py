"""Which conversation a request belongs to, and what is remembered of it."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.agents.conversation import Binding, Conversation, Standing, bind, binding_of, conversation_of
from extproc.llm.parts import Text
from extproc.llm.request import Message, Request, Role
from extproc.sessions.store import MemoryStore

ASKED = Request("m", (Message(Role.SYSTEM, (Text("s"),)), Message(Role.USER, (Text("u"),))))


def of(tenant: str = "", affinity: str = "", request: Request | None = ASKED) -> Conversation | None:
    return conversation_of("travel", tenant, affinity, request)


def told(tenant: str = "", affinity: str = "") -> str:
    conversation = of(tenant, affinity)
    assert conversation
    return conversation.id


def test_it_is_recognised_by_how_it_begins() -> None:
    """Plano's key of the same beginning."""
    assert Conversation("implicit:0f3606ae945d0841", "agent:travel::implicit:0f3606ae945d0841") == of()


def test_the_beginning_is_another_one_for_another_tenant() -> None:
    conversation = of("acme")

    assert conversation
    assert "implicit:52c40c0e6600d2bf" == conversation.id
    assert "agent:travel:acme:implicit:52c40c0e6600d2bf" == conversation.key


def test_the_client_may_name_it() -> None:
    assert Conversation("chat-42", "agent:travel::chat-42", named=True) == of(affinity="chat-42")


def test_the_same_name_of_two_tenants_is_two_conversations() -> None:
    """An agent that keeps its memory by the id must not mix them up, whatever the names hold."""
    assert "acme:chat-42" == told("acme", "chat-42")
    assert told("a", "b:c") != told("a:b", "c")


@pytest.mark.parametrize("affinity", ["two words", "é", "x" * 300, "tab\t"])
def test_a_name_that_no_header_can_carry_becomes_a_fingerprint(affinity: str) -> None:
    name = told(affinity=affinity)

    assert name.startswith("hashed:")
    assert 7 + 32 == len(name)
    assert name != told(affinity=affinity + "!")


@given(st.text(), st.text(min_size=1))
def test_every_id_is_visible_ascii(tenant: str, affinity: str) -> None:
    """It goes into a header."""
    name = told(tenant, affinity)

    assert name
    assert all("!" <= char <= "~" for char in name)


@pytest.mark.parametrize("request_", [None, Request("m", (Message(Role.SYSTEM, (Text("s"),)),))])
def test_where_no_one_spoke_there_is_none(request_: Request | None) -> None:
    assert of(request=request_) is None


def test_what_tools_write_into_a_turn_is_none_of_it() -> None:
    """They write something else each time."""
    first, grown = (
        Request(
            "m",
            tuple(
                Message(Role.USER, (Text(f"<system-reminder>{now}</system-reminder>{text}"),))
                for text in said
            ),
        )
        for now, said in (("1", ("u",)), ("2", ("u", "v")))
    )

    assert Standing.CURRENT is Binding.of(("a",), first).standing(grown, named=False)


def test_two_turns_are_not_one_of_both_texts() -> None:
    two, one = (
        Request("m", tuple(Message(Role.USER, (Text(text),)) for text in said))
        for said in (("a", "b", "c"), ("ab", "c", "d"))
    )

    assert Standing.FOREIGN is Binding.of(("x",), two).standing(one, named=False)


def test_a_binding_is_kept_for_its_time() -> None:
    now = [0.0]
    store = MemoryStore(9, lambda: now[0])
    conversation, binding = Conversation("c", "agent:travel::c"), Binding.of(("a", "b"), ASKED)

    async def check() -> None:
        assert await binding_of(conversation, store) is None
        await bind(conversation, binding, store, 600.0)
        now[0] = 599.0
        assert binding == await binding_of(conversation, store)
        now[0] = 601.0
        assert await binding_of(conversation, store) is None

    asyncio.run(check())


@pytest.mark.parametrize("kept", [b"", b"{}", b'{"agents": ["a"]}', b'{"agents": 1}', b"\xff"])
def test_what_cannot_be_read_is_not_remembered(kept: bytes) -> None:
    """Another version may have written it."""
    store = MemoryStore(9)

    async def check() -> None:
        await store.put("k", kept, 9.0)
        assert await binding_of(Conversation("c", "k"), store) is None

    asyncio.run(check())
