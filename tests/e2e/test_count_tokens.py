"""``count_tokens`` by the official SDK: for models of any provider."""

import anthropic
import pytest

TOOLS = [
    {
        "name": "get_weather",
        "description": "The weather in a city",
        "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
    }
]


def test_tokens_of_a_model_that_is_not_anthropics_are_counted_here(anthropic_client, providers):
    raw = anthropic_client.messages.with_raw_response.count_tokens(
        model="deepseek-chat", system="Be brief.", messages=[{"role": "user", "content": "hi"}], tools=TOOLS
    )

    assert 20 < raw.parse().input_tokens < 80
    assert "tokens" == raw.headers["x-plano-estimated"]
    assert "messages.count_tokens" == raw.headers["x-plano-reply"]
    assert [] == providers.requests()


def test_the_beta_of_the_sdk_counts_too(anthropic_client, providers):
    """It asks with ``?beta=true``."""
    answer = anthropic_client.beta.messages.count_tokens(
        model="fast", messages=[{"role": "user", "content": "hello world"}]
    )

    assert 9 == answer.input_tokens
    assert [] == providers.requests()


def test_a_count_that_cannot_be_made_is_the_sdks_usual_error(anthropic_client, providers):
    with pytest.raises(anthropic.BadRequestError) as refused:
        anthropic_client.messages.count_tokens(model="fast", messages=[{"role": "nobody", "content": "hi"}])

    assert "invalid_request_error" == refused.value.body["error"]["type"]
    assert "messages[0].role" in refused.value.message
