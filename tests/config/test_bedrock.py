"""Amazon Bedrock in a config: signed requests, or a key as everyone's."""

import pytest

from extproc.config.secret import SecretRef
from extproc.config.snapshot import AwsKeys, AwsSigning, Upstream
from tests.config.reading import errors, load, warnings, with_providers

ENVIRON = {"ID": "AKID", "SECRET": "s", "TOKEN": "t", "KEY": "bedrock-api-key"}
KEYS = "access_key_id: $ID, secret_access_key: $SECRET"


def upstream(entry: str) -> Upstream:
    return load(with_providers(f"- {{{entry}}}"), ENVIRON).snapshot.providers[0].upstream


def test_a_region_says_where_bedrock_is() -> None:
    made = upstream("model: amazon_bedrock/m, aws: {region: eu-central-1}")

    host = "bedrock-runtime.eu-central-1.amazonaws.com"
    assert (host, 443, True, host) == (made.host, made.port, made.tls, made.authority)
    assert AwsSigning("eu-central-1") == made.aws


def test_a_base_url_says_it_better() -> None:
    """A VPC endpoint, FIPS, a proxy."""
    made = upstream(
        "model: amazon_bedrock/m, base_url: 'https://vpce-1.example:8443', aws: {region: us-east-1}"
    )

    assert "vpce-1.example:8443" == made.authority
    assert AwsSigning("us-east-1") == made.aws


def test_a_provider_of_another_name_may_be_bedrock() -> None:
    entry = "model: house/m, provider_interface: amazon_bedrock, aws: {region: us-east-1}"

    assert "bedrock-runtime.us-east-1.amazonaws.com" == upstream(entry).host


@pytest.mark.parametrize(
    ("more", "token"),
    [("", None), (", session_token: $TOKEN", SecretRef("env", "TOKEN"))],
)
def test_keys_are_references(more: str, token: SecretRef | None) -> None:
    made = upstream(f"model: amazon_bedrock/m, aws: {{region: us-east-1, {KEYS}{more}}}")

    keys = AwsKeys(SecretRef("env", "ID"), SecretRef("env", "SECRET"), token)
    assert AwsSigning("us-east-1", keys) == made.aws


def test_keys_are_asked_for_only_where_secrets_are_written() -> None:
    entries = f"- {{model: amazon_bedrock/m, aws: {{region: us-east-1, {KEYS}}}}}"

    assert load(with_providers(entries), {}, require_secrets=False).secret_variables == {"ID", "SECRET"}
    message = "environment variable ID is not set (export it, or set it in .env)"
    assert [f"4: model_providers[0].aws.access_key_id: {message}"] == (
        errors(with_providers(entries), {"SECRET": "s"})
    )


def test_a_profile_is_kept() -> None:
    made = upstream("model: amazon_bedrock/m, aws: {region: us-east-1, profile: work}")

    assert AwsSigning("us-east-1", profile="work") == made.aws


def test_regions_and_keys_of_their_own_are_clusters_of_their_own() -> None:
    entries = "\n".join(
        f"- {{model: amazon_bedrock/{name}, aws: {{region: us-east-1{more}}}}}"
        for name, more in (("a", ""), ("b", ""), ("c", ", profile: p"), ("d", f", {KEYS}"))
    )
    clusters = [
        provider.upstream.cluster for provider in load(with_providers(entries), ENVIRON).snapshot.providers
    ]

    assert clusters[0] == clusters[1]
    assert 3 == len(set(clusters))


@pytest.mark.parametrize("passes", [False, True])
def test_only_without_signature_and_key_the_client_is_asked(passes: bool) -> None:
    entry = "base_url: http://x, passthrough_auth: true" if passes else "aws: {region: us-east-1}"

    assert passes == upstream(f"model: amazon_bedrock/m, {entry}").passes_credential


@pytest.mark.parametrize(
    "entry",
    [
        "aws: {region: us-gov-west-1}",
        f"aws: {{region: us-east-1, {KEYS}}}",
        "base_url: 'https://bedrock-runtime.us-east-1.amazonaws.com', access_key: $KEY",
        "base_url: 'http://x/v1', access_key: $KEY",
    ],
)
def test_these_are_right(entry: str) -> None:
    assert [] == warnings(with_providers(f"- {{model: amazon_bedrock/m, {entry}}}"), ENVIRON)


AWS = "aws: {region: us-east-1}"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            "model: amazon_bedrock/m",
            "base_url: is required for amazon_bedrock (say where it is, or set aws.region)",
        ),
        (
            "model: amazon_bedrock/m, access_key: $KEY",
            "base_url: is required for amazon_bedrock (say where it is)",
        ),
        (
            f"model: amazon_bedrock/m, access_key: $KEY, {AWS}",
            "access_key: stands beside aws, which signs requests (keep one)",
        ),
        (
            f"model: amazon_bedrock/m, passthrough_auth: true, {AWS}",
            "passthrough_auth: stands beside aws, which signs requests (keep one)",
        ),
        (f"model: openai/m, {AWS}", "aws: is not for openai (only amazon_bedrock knows it)"),
        (
            f"model: amazon_bedrock/m, {AWS}, headers: {{Authorization: x}}",
            "headers.Authorization: cannot be set: the signature for AWS does",
        ),
        (
            f"model: amazon_bedrock/m, {AWS}, headers: {{X-Amz-Date: x}}",
            "headers.X-Amz-Date: cannot be set: the signature for AWS does",
        ),
        ("model: amazon_bedrock/m, aws: {}", "aws.region: is required"),
        (
            "model: amazon_bedrock/m, aws: {region: 'us-east-1.evil.example/'}",
            "aws.region: must be an AWS region (such as us-east-1)",
        ),
        (
            "model: amazon_bedrock/m, aws: {region: us-east-1, access_key_id: $ID}",
            "aws.secret_access_key: is required with access_key_id",
        ),
        (
            "model: amazon_bedrock/m, aws: {region: us-east-1, secret_access_key: $SECRET}",
            "aws.access_key_id: is required with secret_access_key",
        ),
        (
            "model: amazon_bedrock/m, aws: {region: us-east-1, session_token: $TOKEN}",
            "aws.session_token: needs access_key_id and secret_access_key",
        ),
        (
            f"model: amazon_bedrock/m, aws: {{region: us-east-1, profile: p, {KEYS}}}",
            "aws.profile: stands beside access_key_id (keep one)",
        ),
    ],
)
def test_an_error_about_bedrock(entry: str, message: str) -> None:
    """One mistake, one sentence."""
    assert [f"4: model_providers[0].{message}"] == errors(with_providers(f"- {{{entry}}}"), ENVIRON)


def test_the_path_of_bedrocks_other_api_is_warned_of() -> None:
    base_url = "'https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1'"
    entry = f"- {{model: amazon_bedrock/m, base_url: {base_url}, access_key: $KEY}}"

    message = (
        "is Bedrock's OpenAI-compatible API, and amazon_bedrock speaks Converse"
        " (leave the path out, or use a prefix of your own with provider_interface: openai)"
    )
    assert [f"4: model_providers[0].base_url: {message}"] == warnings(with_providers(entry), ENVIRON)
