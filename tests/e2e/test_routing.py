"""Which provider gets a request, and what it sees of it."""

import pytest

CHAT = "/v1/chat/completions"

RESOLVED = {
    "a configured name": ("openai/gpt-4o-mini", "gpt-4o-mini", "sk-secret-openai"),
    "a bare model id": ("gpt-4o-mini", "gpt-4o-mini", "sk-secret-openai"),
    "an alias": ("fast", "gpt-4o-mini", "sk-secret-openai"),
    "an alias with an underscore": ("under_scored-name", "gpt-4o", "sk-secret-openai"),
    "none: the default provider": ("none", "gpt-4o", "sk-secret-openai"),
    "nothing: the default provider": ("", "gpt-4o", "sk-secret-openai"),
}


@pytest.mark.parametrize(("asked", "model", "key"), RESOLVED.values(), ids=RESOLVED.keys())
def test_a_model_name_finds_its_provider(ask, providers, asked, model, key):
    ask(asked)

    seen = providers.openai.only()
    assert (seen.json()["model"], seen.header("authorization")) == (model, f"Bearer {key}")
    assert [seen] == providers.requests()


RESOLVED_ELSEWHERE = {
    "a bare id that two providers have goes to the first": ("gpt-oss", "gpt-oss", "together"),
    "the full name chooses between the two": ("openrouter/gpt-oss", "gpt-oss", "openrouter"),
    "a known model of a wildcard": ("mistral/mistral-small-latest", "mistral-small-latest", "mistral"),
    "a model of a wildcard nobody knows": ("mistral/new-2099", "new-2099", "mistral"),
    "a known model of a wildcard, bare": ("mistral-small-latest", "mistral-small-latest", "mistral"),
    "an alias into a wildcard": ("wild", "mistral-small-latest", "mistral"),
    "a name with slashes and underscores": ("acme/house_model/v2", "house_model/v2", "acme"),
}


@pytest.mark.parametrize(
    ("asked", "model", "key"), RESOLVED_ELSEWHERE.values(), ids=RESOLVED_ELSEWHERE.keys()
)
def test_providers_on_one_address_are_told_apart(ask, providers, asked, model, key):
    """All of them are at the same host and port: only the key and the model differ."""
    ask(asked)

    seen = providers.other.only()
    assert (seen.json()["model"], seen.header("authorization")) == (model, f"Bearer sk-secret-{key}")


def test_a_request_without_a_model_goes_to_the_default_with_its_model(http, providers):
    response = http.post(CHAT, json={"messages": []})

    assert response.status_code == 200
    assert providers.openai.only().json() == {"messages": [], "model": "gpt-4o"}


def test_two_ports_on_one_host_are_two_providers(ask, anthropic_client, providers):
    ask("gpt-4o")
    anthropic_client.messages.create(
        model="claude-house-1", max_tokens=5, messages=[{"role": "user", "content": "hi"}]
    )

    assert [1, 1] == [len(providers.openai.requests), len(providers.anthropic.requests)]


PATHS = {
    "openai/gpt-4o": CHAT,
    "groq/llama-3.3-70b-versatile": "/openai/v1/chat/completions",
    "gemini/gemini-2.5-pro": "/v1beta/openai/chat/completions",
    "zhipu/glm-4.6": "/api/paas/v4/chat/completions",
    "qwen/qwen3-max": "/compatible-mode/v1/chat/completions",
    "azure_openai/gpt-5": "/openai/deployments/gpt-5/chat/completions?api-version=2025-01-01-preview",
    "acme/house_model/v2": "/deep/path/v9/chat/completions",
}


@pytest.mark.parametrize(("model", "path"), PATHS.items(), ids=PATHS.keys())
def test_each_provider_gets_its_own_path(ask, providers, model, path):
    ask(model)

    assert [path] == [request.target for request in providers.requests()]


def test_azure_gets_its_key_in_its_own_header(ask, providers):
    ask("azure_openai/gpt-5")

    seen = providers.other.only()
    assert (seen.header("api-key"), seen.header("authorization")) == ("sk-secret-azure", None)


def test_the_query_string_is_kept(http, providers):
    http.post(f"{CHAT}?a=1&b=%2F&c", json={"model": "gpt-4o"})

    assert providers.openai.only().target == f"{CHAT}?a=1&b=%2F&c"


def test_a_query_string_joins_the_one_that_azure_needs(http, providers):
    http.post(f"{CHAT}?a=1", json={"model": "azure_openai/gpt-5"})

    path, _, query = providers.other.only().target.partition("?")
    assert path == "/openai/deployments/gpt-5/chat/completions"
    assert {"a=1", "api-version=2025-01-01-preview"} == set(query.split("&"))


def test_the_host_header_is_the_providers_own(ask, providers):
    """http_host where the config says so, else the address of base_url."""
    ask("gpt-4o")
    ask("acme/house_model/v2")

    assert providers.openai.only().header("host") == providers.openai.url.removeprefix("http://")
    assert providers.other.only().header("host").partition(":")[0] == "models.acme.example"


def test_configured_headers_are_added(ask, providers):
    """A plain value and one that is a secret."""
    ask("deepseek-chat")

    seen = providers.other.only()
    assert (seen.header("x-team"), seen.header("x-team-token")) == ("red", "sk-secret-team")


@pytest.mark.parametrize(
    "model", ["xai/grok-4", "ollama/tiny"], ids=["passthrough_auth", "no key configured"]
)
def test_the_clients_credential_passes_where_the_config_has_none(ask, providers, model):
    ask(model)

    assert providers.other.only().header("authorization") == "Bearer sk-client-own-credential"


def test_embeddings_reach_their_model(openai_client, providers):
    answer = openai_client.embeddings.create(
        model="text-embedding-3-small", input="hello", encoding_format="float"
    )

    assert answer.data[0].embedding == [0.5, -0.25]
    seen = providers.openai.only()
    assert (seen.target, seen.json()["model"]) == ("/v1/embeddings", "text-embedding-3-small")


def test_images_reach_the_provider_of_their_model(openai_client, providers):
    openai_client.images.generate(model="mistral/pixel-1", prompt="a cat")

    seen = providers.other.only()
    assert (seen.target, seen.json()["model"]) == ("/v1/images/generations", "pixel-1")


def test_a_transcription_is_routed_by_the_model_field_of_its_form(openai_client, providers):
    """The audio bytes and every other part arrive unchanged; only the model's part differs."""
    audio = bytes(range(256)) * 64
    openai_client.audio.transcriptions.create(
        model="mistral/voxtral-mini", file=("a.wav", audio, "audio/wav"), language="en"
    )

    seen = providers.other.only()
    assert seen.target == "/v1/audio/transcriptions"
    assert audio in seen.body
    assert b"mistral/voxtral-mini" not in seen.body
    assert b"voxtral-mini" in seen.body
    assert seen.header("authorization") == "Bearer sk-secret-mistral"


def test_files_go_to_the_default_provider(openai_client, providers):
    openai_client.files.create(file=("a.jsonl", b'{"a": 1}\n'), purpose="batch")
    openai_client.files.list()
    openai_client.files.content("file-1")

    assert [seen.method + " " + seen.target for seen in providers.openai.requests] == [
        "POST /v1/files",
        "GET /v1/files",
        "GET /v1/files/file-1/content",
    ]


def test_batches_go_to_the_default_provider(openai_client, providers):
    openai_client.batches.create(
        input_file_id="file-1", endpoint="/v1/chat/completions", completion_window="24h"
    )

    assert providers.openai.only().target == "/v1/batches"


def test_messages_go_to_anthropic_with_its_key(anthropic_client, providers):
    answer = anthropic_client.messages.create(
        model="claude", max_tokens=5, messages=[{"role": "user", "content": "hi"}]
    )

    assert answer.content[0].text == "Hello"
    seen = providers.anthropic.only()
    assert (seen.target, seen.json()["model"]) == ("/v1/messages", "claude-house-1")
    assert (seen.header("x-api-key"), seen.header("authorization")) == ("sk-secret-anthropic", None)


def test_the_version_of_anthropics_api_is_the_clients(http, providers):
    http.post("/v1/messages", json={"model": "claude"}, headers={"anthropic-version": "2023-06-01"})

    assert providers.anthropic.only().header("anthropic-version") == "2023-06-01"


def test_count_tokens_goes_to_anthropic(anthropic_client, providers):
    answer = anthropic_client.messages.count_tokens(
        model="claude-house-1", messages=[{"role": "user", "content": "hi"}]
    )

    assert answer.input_tokens == 7
    assert providers.anthropic.only().target == "/v1/messages/count_tokens"


def test_responses_go_to_a_provider_that_has_them(openai_client, providers):
    answer = openai_client.responses.create(model="fast", input="hi")

    assert answer.output_text == "Hello"
    assert providers.openai.only().target == "/v1/responses"


def test_a_stored_response_is_fetched_from_the_default_provider(openai_client, providers):
    openai_client.responses.retrieve("resp_1")

    assert providers.openai.only().target == "/v1/responses/resp_1"


def test_an_api_the_provider_does_not_speak_is_refused(openai_client, providers):
    """What cannot be translated is an error that says so; never a request in the wrong form."""
    import openai

    with pytest.raises(openai.BadRequestError) as refused:
        openai_client.embeddings.create(model="claude-house-1", input="hi")

    assert refused.value.code == "unsupported_api"
    assert [] == providers.requests()


def test_an_answer_names_the_model_and_the_provider(openai_client, providers):
    raw = openai_client.chat.completions.with_raw_response.create(
        model="fast", messages=[{"role": "user", "content": "hi"}]
    )

    assert raw.headers["x-plano-model"] == "gpt-4o-mini"
    assert raw.headers["x-plano-provider"] == "openai/gpt-4o-mini"
    assert "x-plano-reply" not in raw.headers
