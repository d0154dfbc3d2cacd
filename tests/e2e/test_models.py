"""The list of models, and who may read it from where."""

import openai
import pytest

CONFIGURED = [
    "openai/gpt-4o",
    "openai/gpt-4o-mini",
    "openai/text-embedding-3-small",
    "anthropic/claude-house-1",
    "together_ai/gpt-oss",
    "openrouter/gpt-oss",
]


def test_the_openai_sdk_lists_what_is_configured_in_its_order(openai_client):
    ids = [model.id for model in openai_client.models.list()]

    assert ids[: len(CONFIGURED)] == CONFIGURED
    assert len(ids) == len(set(ids))


def test_the_known_models_of_a_wildcard_come_last(openai_client):
    ids = [model.id for model in openai_client.models.list()]

    assert "mistral/mistral-small-latest" in ids[ids.index("acme/house_model/v2") :]
    assert not [name for name in ids if "*" in name]


@pytest.mark.parametrize("name", ["openai/gpt-4o", "acme/house_model/v2", "mistral/mistral-small-latest"])
def test_the_openai_sdk_finds_one_model(openai_client, name):
    """The SDK writes the slash of a name as %2F."""
    assert openai_client.models.retrieve(name).id == name


def test_a_slash_in_a_models_name_may_be_written_plainly(http):
    assert http.get("/v1/models/openai/gpt-4o").json()["id"] == "openai/gpt-4o"


def test_an_unknown_model_is_not_found(openai_client):
    with pytest.raises(openai.NotFoundError) as missing:
        openai_client.models.retrieve("openai/gpt-1")

    assert missing.value.code == "model_not_found"


def test_the_anthropic_sdk_lists_models_in_its_own_shape(anthropic_client):
    page = anthropic_client.models.list()

    assert "anthropic/claude-house-1" in [model.id for model in page.data]
    assert {"model"} == {model.type for model in page.data}


def test_a_browser_may_ask(http):
    """The answer to a CORS preflight is Plano's."""
    answer = http.options(
        "/v1/models", headers={"origin": "https://ui.example", "access-control-request-method": "GET"}
    )

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == "GET, POST, OPTIONS"
    assert answer.headers["access-control-allow-headers"] == "Authorization, Content-Type"


def test_the_list_itself_may_be_read_by_a_browser(http):
    assert http.get("/v1/models").headers["access-control-allow-origin"] == "*"


def test_health_is_json_with_the_configs_generation(http):
    answer = http.get("/healthz")

    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ok", "config": {"generation": 1, "error": None}},
    )


def test_a_monitor_may_ask_for_the_head_alone(http):
    assert (http.head("/healthz").status_code, http.head("/v1/models").status_code) == (200, 200)
