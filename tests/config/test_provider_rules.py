"""What must hold between providers, and what their authors should know."""

import pytest

from tests.config.reading import LISTENER, errors, load, warnings, with_providers

KEY = "access_key: $OPENAI_API_KEY"
SAY_WHERE = "(say where it is)"


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (
            f"- {{model: openai/a, {KEY}}}\n- {{model: openai/a, name: b, {KEY}}}",
            "5: model_providers[1].model: openai/a is the model of another entry (see line 4)",
        ),
        (
            f"- {{model: openai/a, name: x, {KEY}}}\n- {{model: openai/b, name: x, {KEY}}}",
            "5: model_providers[1].name: x is the name of another entry (see line 4)",
        ),
        (
            f"- {{model: openai/a, {KEY}}}\n- {{model: openai/b, name: openai/a, {KEY}}}",
            "5: model_providers[1].name: openai/a is the name of another entry (see line 4)",
        ),
        (
            f"- {{model: openai/*, {KEY}}}\n- {{model: openai/*, {KEY}}}",
            "5: model_providers[1].model: openai/* is the model of another entry (see line 4)",
        ),
        (
            f"- {{model: openai/a, {KEY}, default: true}}\n- {{model: openai/b, {KEY}, default: true}}",
            "5: model_providers[1].default: only one provider can be the default (see line 4)",
        ),
        (
            f"- {{model: openai/*, {KEY}, default: true}}",
            "4: model_providers[0].default: needs one model, not * (name the default model)",
        ),
        (
            "- {model: ollama/a, passthrough_auth: true}",
            f"4: model_providers[0].base_url: is required for ollama {SAY_WHERE}",
        ),
        (
            f"- {{model: azure_openai/a, {KEY}}}",
            f"4: model_providers[0].base_url: is required for azure_openai {SAY_WHERE}",
        ),
        (
            f"- {{model: amazon/a, {KEY}}}",
            f"4: model_providers[0].base_url: is required for amazon_bedrock {SAY_WHERE}",
        ),
        (
            f"- {{model: own/a, {KEY}, base_url: http://x}}",
            (
                "4: model_providers[0].model: own is no provider we know: it needs base_url and"
                " provider_interface (provider_interface: openai fits most)"
            ),
        ),
        (
            f"- {{model: opanai/a, {KEY}}}",
            (
                "4: model_providers[0].model: opanai is no provider we know: it needs base_url and"
                " provider_interface (did you mean openai?)"
            ),
        ),
        (
            f"- {{model: own/*, {KEY}, provider_interface: openai}}",
            f"4: model_providers[0].base_url: is required for own {SAY_WHERE}",
        ),
        (
            f"- {{model: own/a, {KEY}, base_url: http://x, provider_interface: anthropik}}",
            "4: model_providers[0].provider_interface: is no provider we know (did you mean anthropic?)",
        ),
        (
            f"- {{model: groq/a, {KEY}, provider_interface: openai}}",
            (
                "4: model_providers[0].provider_interface: the provider is groq already"
                " (leave it out, or use a prefix of your own in model)"
            ),
        ),
        (
            "- {model: openai/a, access_key: Bearer $OPENAI_API_KEY}",
            "4: model_providers[0].access_key: must be the key alone (Bearer is added)",
        ),
        (
            f"- {{model: openai/a, {KEY}, headers: {{Host: x}}}}",
            "4: model_providers[0].headers.Host: cannot be set: the gateway does (use http_host)",
        ),
        (
            f"- {{model: openai/a, {KEY}, headers: {{Content-Length: '3'}}}}",
            "4: model_providers[0].headers.Content-Length: cannot be set: the gateway does",
        ),
        (
            f"- {{model: openai/a, {KEY}, headers: {{x-plano-int-cluster: x}}}}",
            "4: model_providers[0].headers.x-plano-int-cluster: cannot be set: the gateway does",
        ),
        (
            f"- {{model: openai/a, {KEY}, headers: {{'a b': x}}}}",
            '4: model_providers[0].headers["a b"]: is no header name',
        ),
        (
            f"- {{model: openai/a, {KEY}, headers: {{X-A: x, x-a: y}}}}",
            "4: model_providers[0].headers.x-a: stands twice in another case",
        ),
    ],
)
def test_an_error_of_a_provider(entries: str, message: str) -> None:
    """One mistake, one sentence."""
    assert [message] == errors(with_providers(entries))


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (
            "- {model: openai/a}",
            (
                "4: model_providers[0]: openai/a has no access_key: the client's own credential is passed on"
                " (set access_key, or passthrough_auth: true if that is meant)"
            ),
        ),
        (
            "- {model: openai/a, access_key: $UNSET, passthrough_auth: true}",
            "4: model_providers[0].access_key: is ignored: passthrough_auth passes the client's credential",
        ),
        (
            f"- {{model: openai/a, {KEY}, headers: {{Authorization: Bearer $OPENAI_API_KEY}}}}",
            "4: model_providers[0].access_key: is ignored: headers set the credential",
        ),
        (
            "- {model: openai/a, access_key: OPENAI_API_KEY}",
            "4: model_providers[0].access_key: looks like a variable's name (write it with a $)",
        ),
        (
            f"- {{model: openai/a, {KEY}, api_version: '1'}}",
            "4: model_providers[0].api_version: has no effect for openai",
        ),
    ],
)
def test_a_warning_about_a_provider(entries: str, message: str) -> None:
    """It works, and perhaps not as it was meant."""
    assert [message] == warnings(with_providers(entries))


@pytest.mark.parametrize(
    "entries",
    [
        f"- {{model: openai/gpt-4o, {KEY}}}\n- {{model: azure_openai/gpt-4o, base_url: http://x, {KEY}}}",
        "- {model: openai/a, access_key: sk-literal}",
        "- {model: openai/a, access_key: '${OPENAI_API_KEY}'}",
        f"- {{model: openai/a, {KEY}, provider_interface: openai}}",
        f"- {{model: google/a, {KEY}}}",
        f"- {{model: OpenAI/a, {KEY}}}",
        f"- {{model: vercel/*, {KEY}}}\n- {{model: openrouter/*, {KEY}}}\n- {{model: edenai/*, {KEY}}}",
        f"- {{model: own/*, base_url: http://x, provider_interface: anthropic, {KEY}}}",
        "- {model: openai/a, headers: {Authorization: Bearer $OPENAI_API_KEY}}",
        "- {model: anthropic/a, headers: {X-API-Key: $OPENAI_API_KEY}}",
        f"- {{model: azure_openai/a, base_url: http://x, api_version: '1', {KEY}}}",
    ],
)
def test_what_plano_refuses_without_need_is_right(entries: str) -> None:
    """One model at two providers, literal keys, ``${NAME}``, gateways without a base_url …"""
    assert [] == warnings(with_providers(entries))


def test_the_client_credential_counts_for_the_header_of_the_providers_own_style() -> None:
    """An ``authorization`` header is no key for Anthropic."""
    entries = "- {model: anthropic/a, headers: {Authorization: Bearer $OPENAI_API_KEY}}"

    assert "has no access_key" in warnings(with_providers(entries))[0]


def test_both_spellings_of_the_section_are_an_error() -> None:
    """One of them would be lost."""
    text = with_providers(f"- {{model: openai/a, {KEY}}}") + f"llm_providers: [{{model: openai/b, {KEY}}}]\n"

    assert ["5: llm_providers: stands beside model_providers (move its entries there)"] == errors(text)


def test_the_old_spelling_is_read() -> None:
    """``llm_providers`` of v0.1."""
    loaded = load(f"version: v0.1\n{LISTENER}llm_providers: [{{model: openai/a, {KEY}}}]\n")

    assert ["openai/a"] == [provider.name for provider in loaded.snapshot.providers]


@pytest.mark.parametrize("rest", ["", "model_providers: []\n", "llm_providers: []\n"])
def test_a_config_that_names_nothing_to_route_to_is_an_error(rest: str) -> None:
    """Every request would fail."""
    text = f"version: v0.4.0\n{LISTENER}{rest}"

    assert ["names no model and no agent (add model_providers)"] == errors(text)


def test_a_model_listener_without_models_is_warned_of_where_there_are_agents() -> None:
    """Agents need no model of ours."""
    text = f"version: v0.4.0\n{LISTENER}agents: [{{id: a, url: http://x}}]\n"

    message = "2: listeners[0]: serves no model: every request gets an error (add model_providers)"
    assert [message] == warnings(text)
