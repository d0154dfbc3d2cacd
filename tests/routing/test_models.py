"""The table of names: what a client may ask for, and which provider then answers."""

from dataclasses import replace

import pytest

from extproc import limits
from extproc.config.snapshot import Provider
from extproc.dialects.api import Api
from extproc.errors import InvalidRequest, ModelNotFound, UnsupportedApi
from extproc.routing.models import ModelTable
from extproc.testing.builders import a_provider, a_snapshot


def a_table(*providers: Provider, **aliases: str) -> ModelTable:
    return ModelTable(
        a_snapshot(*providers, aliases={key.replace("_", "-"): to for key, to in aliases.items()})
    )


def asked(table: ModelTable, name: str | None, api: Api = Api.CHAT) -> str:
    """The name of the entry that answers and, behind an arrow, the id it is asked for."""
    target = table.resolve(name, api)
    return f"{target.provider.name} → {target.model}"


OPENAI = a_provider("openai/gpt-4o")
MINI = a_provider("openai/gpt-4o-mini")
AZURE = a_provider("azure_openai/gpt-4o")
CLAUDE = a_provider("anthropic/claude-sonnet-4-5")
NAMED = a_provider("groq/openai/gpt-oss-120b", name="fast")
OWN = a_provider("house/llama/3_8b", interface="openai")
ANY_OPENAI = a_provider("openai/*")
ANY_CLAUDE = a_provider("anthropic/*")


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("openai/gpt-4o", "openai/gpt-4o → gpt-4o"),
        ("gpt-4o", "openai/gpt-4o → gpt-4o"),
        ("azure_openai/gpt-4o", "azure_openai/gpt-4o → gpt-4o"),
        ("fast", "fast → openai/gpt-oss-120b"),
        ("groq/openai/gpt-oss-120b", "fast → openai/gpt-oss-120b"),
        ("openai/gpt-oss-120b", "fast → openai/gpt-oss-120b"),
        ("house/llama/3_8b", "house/llama/3_8b → llama/3_8b"),
        ("llama/3_8b", "house/llama/3_8b → llama/3_8b"),
        ("quick", "fast → openai/gpt-oss-120b"),
        ("claude", "anthropic/claude-sonnet-4-5 → claude-sonnet-4-5"),
    ],
)
def test_a_configured_model_is_asked_for_by_its_full_name_its_own_its_id_or_an_alias(
    name: str, answer: str
) -> None:
    api = Api.MESSAGES if name == "claude" else Api.CHAT
    table = a_table(OPENAI, AZURE, NAMED, OWN, CLAUDE, quick="fast", claude="claude-sonnet-4-5")

    assert answer == asked(table, name, api)


@pytest.mark.parametrize(
    "name",
    [
        "gpt-5",
        "groq/gpt-4o",
        "openai/",
        "/gpt-4o",
        "openai",
        "GPT-4o",
        " gpt-4o",
        "*",
        "None",
        "gpt-4o\n",
    ],
)
def test_a_wrong_prefix_or_any_other_name_is_unknown(name: str) -> None:
    """A prefix is part of the name: what another provider offers is no answer."""
    with pytest.raises(ModelNotFound) as refused:
        a_table(OPENAI, CLAUDE).resolve(name, Api.CHAT)

    assert refused.value.param == "model"


# One bare id at several providers.


def test_of_two_providers_with_the_id_the_first_answers() -> None:
    assert asked(a_table(AZURE, OPENAI), "gpt-4o") == "azure_openai/gpt-4o → gpt-4o"


def test_of_two_providers_with_the_id_the_default_entry_answers() -> None:
    table = a_table(AZURE, a_provider("openai/gpt-4o", default=True))

    assert asked(table, "gpt-4o") == "openai/gpt-4o → gpt-4o"


def test_of_two_providers_with_the_id_the_default_entrys_provider_answers() -> None:
    """The provider is marked default, by whichever of its models."""
    table = a_table(AZURE, MINI, OPENAI, a_provider("openai/o3", default=True))

    assert asked(table, "gpt-4o") == "openai/gpt-4o → gpt-4o"


def test_of_two_providers_with_the_id_one_that_speaks_the_called_api_answers() -> None:
    table = a_table(a_provider("openrouter/claude", default=True), a_provider("anthropic/claude"))

    assert asked(table, "claude", Api.MESSAGES) == "anthropic/claude → claude"
    assert asked(table, "claude", Api.CHAT) == "openrouter/claude → claude"


# Wildcards.


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("openai/gpt-4o", "openai/* → gpt-4o"),
        ("openai/ft:gpt-4o:org::id", "openai/* → ft:gpt-4o:org::id"),
        ("openai/a/b", "openai/* → a/b"),
        ("gpt-4o-mini", "openai/* → gpt-4o-mini"),
    ],
)
def test_a_wildcard_passes_any_model_behind_its_prefix_and_bare_ones_it_knows(name: str, answer: str) -> None:
    assert answer == asked(a_table(ANY_OPENAI, ANY_CLAUDE), name)


@pytest.mark.parametrize("name", ["no-such-model", "openai/*", "openai/", "openai/a\nb", "groq/x"])
def test_a_wildcard_passes_nothing_else(name: str) -> None:
    with pytest.raises(ModelNotFound):
        a_table(ANY_OPENAI).resolve(name, Api.CHAT)


def test_a_configured_entry_stands_before_a_wildcard_of_its_provider() -> None:
    table = a_table(ANY_OPENAI, a_provider("openai/gpt-4o", name="mine"))

    assert asked(table, "openai/gpt-4o") == "mine → gpt-4o"
    assert asked(table, "gpt-4o") == "mine → gpt-4o"


def test_the_prefix_of_a_wildcard_is_not_its_name() -> None:
    table = a_table(a_provider("openai/*", name="all"))

    assert asked(table, "openai/gpt-4o") == "all → gpt-4o"
    with pytest.raises(ModelNotFound):
        table.resolve("all/gpt-4o", Api.CHAT)


def test_a_prefix_stands_before_a_catalogue() -> None:
    """Groq's catalogue knows `openai/gpt-oss-120b`, but it is OpenAI's prefix."""
    assert (
        asked(a_table(a_provider("groq/*"), ANY_OPENAI), "openai/gpt-oss-120b") == "openai/* → gpt-oss-120b"
    )
    assert asked(a_table(a_provider("groq/*")), "openai/gpt-oss-120b") == "groq/* → openai/gpt-oss-120b"


def test_a_bare_id_that_two_wildcards_know_is_the_firsts() -> None:
    assert asked(a_table(a_provider("azure_openai/*"), ANY_OPENAI), "gpt-4o") == "azure_openai/* → gpt-4o"


# Aliases.


def test_an_alias_is_one_step() -> None:
    """An alias of an alias is an unknown name: cycles cannot be written."""
    table = a_table(OPENAI, one="two", two="gpt-4o")

    assert asked(table, "two") == "openai/gpt-4o → gpt-4o"
    with pytest.raises(ModelNotFound):
        table.resolve("one", Api.CHAT)


@pytest.mark.parametrize("target", ["openai/o3", "o3"])
def test_an_alias_may_name_a_model_of_a_wildcard(target: str) -> None:
    assert asked(a_table(ANY_OPENAI, smart=target), "smart") == "openai/* → o3"


def test_an_alias_stands_before_a_model_of_the_same_name() -> None:
    table = ModelTable(a_snapshot(OPENAI, MINI, aliases={"gpt-4o": "gpt-4o-mini"}))

    assert asked(table, "gpt-4o") == "openai/gpt-4o-mini → gpt-4o-mini"
    assert asked(table, "openai/gpt-4o") == "openai/gpt-4o → gpt-4o"


# No name.


@pytest.mark.parametrize("name", [None, "", "none"])
def test_without_a_name_the_default_answers_else_the_first(name: str | None) -> None:
    assert asked(a_table(OPENAI, MINI), name) == "openai/gpt-4o → gpt-4o"
    assert asked(a_table(OPENAI, a_provider("openai/o3", default=True)), name) == "openai/o3 → o3"


def test_a_wildcard_is_no_default() -> None:
    assert asked(a_table(ANY_OPENAI, MINI), None) == "openai/gpt-4o-mini → gpt-4o-mini"


def test_without_a_name_one_that_speaks_the_called_api_answers() -> None:
    table = a_table(a_provider("openai/gpt-4o", default=True), CLAUDE)

    assert asked(table, None, Api.MESSAGES) == "anthropic/claude-sonnet-4-5 → claude-sonnet-4-5"


def test_without_a_name_and_with_wildcards_alone_the_caller_is_told_to_give_one() -> None:
    with pytest.raises(InvalidRequest, match=r"names no model.*openai/\*") as refused:
        a_table(ANY_OPENAI).resolve(None, Api.CHAT)

    assert refused.value.param == "model"


def test_without_any_provider_nothing_can_answer() -> None:
    table = ModelTable(replace(a_snapshot(), providers=()))

    for ask in (lambda: table.resolve(None, Api.CHAT), lambda: table.any_provider(Api.OPENAI)):
        with pytest.raises(InvalidRequest, match="No model provider is configured"):
            ask()


# APIs.


@pytest.mark.parametrize(
    ("entry", "api", "told"),
    [
        (OPENAI, Api.MESSAGES, ["openai", "Anthropic Messages", "/v1/chat/completions", "/v1/responses"]),
        (
            CLAUDE,
            Api.CHAT,
            ["anthropic", "OpenAI Chat Completions", "it speaks Anthropic Messages (/v1/messages)"],
        ),
        (CLAUDE, Api.OPENAI, ["anthropic", "/v1/embeddings", "/v1/messages"]),
        (a_provider("mistral/m"), Api.RESPONSES, ["mistral", "OpenAI Responses", "/v1/chat/completions"]),
    ],
)
def test_a_provider_that_does_not_speak_the_api_is_refused_with_the_path_to_call_instead(
    entry: Provider, api: Api, told: list[str]
) -> None:
    with pytest.raises(UnsupportedApi) as refused:
        a_table(entry).resolve(entry.name, api)

    assert [part for part in told if part not in refused.value.message] == []


def test_an_operation_without_a_model_goes_to_the_default_provider_if_it_speaks_the_api() -> None:
    table = a_table(ANY_OPENAI, CLAUDE, a_provider("groq/llama", default=True))

    assert table.any_provider(Api.OPENAI).provider.name == "groq/llama"
    assert table.any_provider(Api.MESSAGES).provider.name == CLAUDE.name
    assert table.any_provider(Api.RESPONSES).provider.name == "openai/*"
    assert table.any_provider(Api.OPENAI).model == ""


def test_an_operation_that_no_provider_speaks_is_refused() -> None:
    with pytest.raises(UnsupportedApi, match="openai does not speak Anthropic Messages"):
        a_table(OPENAI).any_provider(Api.MESSAGES)


# What the caller is told.


@pytest.mark.parametrize(
    ("name", "near"),
    [("gpt4o", "'gpt-4o'"), ("openai/gpt4o", "'openai/gpt-4o'"), ("anthropic/gpt-4o", "'openai/gpt-4o'")],
)
def test_an_unknown_name_is_answered_with_those_like_it(name: str, near: str) -> None:
    with pytest.raises(ModelNotFound) as refused:
        a_table(OPENAI).resolve(name, Api.CHAT)

    assert f"'{name}' is not configured. Did you mean" in refused.value.message
    assert near in refused.value.message


def test_an_unknown_name_under_wildcards_is_told_how_to_pass_it() -> None:
    with pytest.raises(ModelNotFound, match="can be asked for as 'openai/…' or 'anthropic/…'"):
        a_table(ANY_OPENAI, ANY_CLAUDE).resolve("zzzz", Api.CHAT)


def test_a_very_long_name_is_not_looked_up_and_not_repeated_whole() -> None:
    with pytest.raises(ModelNotFound) as refused:
        a_table(ANY_OPENAI).resolve("openai/" + "x" * 1_000_000, Api.CHAT)

    assert len(refused.value.message) < limits.MODEL_NAME_CHARS_MAX + 150


# The list.


def ids(table: ModelTable) -> list[str]:
    return [entry.id for entry in table.listing()]


def test_configured_models_are_listed_in_their_order_then_what_wildcards_know() -> None:
    listed = ids(a_table(ANY_CLAUDE, NAMED, OPENAI))

    assert listed[:2] == ["fast", "openai/gpt-4o"]
    assert "anthropic/claude-sonnet-4-5" in listed[2:]
    assert all(name.startswith("anthropic/") for name in listed[2:])


def test_every_id_is_listed_once_and_can_be_sent() -> None:
    table = a_table(ANY_OPENAI, OPENAI, a_provider("openai/o3", name="deep"), a_provider("azure_openai/*"))
    listed = ids(table)

    assert len(set(listed)) == len(listed)
    assert {"openai/gpt-4o", "deep", "azure_openai/gpt-4o"} <= set(listed)
    assert "openai/o3" not in listed
    assert [name for name in listed if not table.resolve(name, Api.CHAT)] == []


def test_aliases_are_not_listed() -> None:
    assert ids(a_table(OPENAI, quick="gpt-4o")) == ["openai/gpt-4o"]


@pytest.mark.parametrize("name", ["openai/gpt-4o", "gpt-4o", "quick", "openai/o3", "o3"])
def test_an_entry_is_found_by_any_name_that_is_known(name: str) -> None:
    entry = a_table(ANY_OPENAI, OPENAI, quick="gpt-4o").find(name)

    assert entry is not None
    assert (name, "OpenAI") == (entry.id, entry.owned_by)


@pytest.mark.parametrize("name", ["openai/unheard-of", "router", "plano/router", "openai/*", ""])
def test_an_entry_that_is_not_known_is_not_found(name: str) -> None:
    assert a_table(ANY_OPENAI).find(name) is None
