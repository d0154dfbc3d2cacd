"""Requests that Envoy signs for AWS, as AWS would read them."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from extproc import headers as names
from extproc.bootstrap.aws import signer
from extproc.bootstrap.secrets import write_secrets
from extproc.bootstrap.typed import to_json
from extproc.config.secret import MissingSecretError, SecretRef
from extproc.config.snapshot import AwsSigning
from extproc.testing.answers import Answer, Framing
from extproc.testing.builders import a_listener
from extproc.testing.ports import PortClaim
from extproc.testing.sigv4 import Signed, verified
from extproc.testing.upstream import Upstream
from tests.bootstrap.conftest import BODY_BYTES_MAX, Lab
from tests.bootstrap.double import ExtProcDouble
from tests.bootstrap.running import Response, RunningEnvoy, until
from tests.bootstrap.values import AWS_KEYS, ENVIRON, a_snapshot_of, an_upstream

SECRET = ENVIRON["AWS_SECRET"]
CONVERSE = "/model/m/converse"
LAST = Answer(framing=Framing.CLOSE)
"""An answer after which the next request opens a new connection."""


def ask(
    lab: Lab, path: str = CONVERSE, body: bytes = b'{"messages": []}', port: int | None = None
) -> Response:
    told = {"x-test-cluster": "bedrock", "x-test-path": path, "content-type": "application/json"}
    client = {
        "authorization": "Bearer sk-client",
        "x-amz-date": "20250101T000000Z",
        "host": "gateway.example",
    }
    return lab.envoy.request(headers={**told, **client}, body=body, port=port)


def test_a_request_is_signed_for_bedrock(lab: Lab) -> None:
    ask(lab)

    seen = lab.provider.only()
    signed = ("content-type", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token")
    assert Signed(ENVIRON["AWS_ID"], "us-east-1", "bedrock", signed) == verified(seen, SECRET)
    assert ENVIRON["AWS_TOKEN"] == seen.header("x-amz-security-token")
    assert "bedrock.test" == seen.header("host")
    assert ENVIRON["TEAM_TOKEN"] == seen.header("x-team-token")


def test_nothing_of_the_clients_credential_is_beside_the_signature(lab: Lab) -> None:
    ask(lab)

    credentials = (*names.CREDENTIALS, "x-amz-date", "x-amz-security-token", "x-amz-content-sha256")
    found = [name for name, _ in lab.provider.only().headers if name.lower() in credentials]
    assert sorted(set(credentials) - {"x-api-key", "api-key"}) == sorted(found)


@pytest.mark.parametrize(
    "path",
    [
        "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse",
        "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.x-v1%3A0/converse-stream",
        "/model/a:b/converse",
        "/proxy/x%20y/model/%C3%A9~_-.%25/converse",
    ],
)
def test_a_path_is_signed_as_it_is_sent(lab: Lab, path: str) -> None:
    ask(lab, path)

    assert path == lab.provider.only().target
    assert verified(lab.provider.only(), SECRET)


def test_the_first_request_of_a_connection_is_signed_for_the_providers_host(lab: Lab) -> None:
    """Envoy signs before it has a connection, and knows the host only from then on."""
    lab.provider.script(LAST, LAST)

    for _ in range(3):
        ask(lab)

    assert 3 == len({seen.connection for seen in lab.provider.requests})
    assert all(verified(seen, SECRET) for seen in lab.provider.requests)


@pytest.mark.parametrize("size", [0, 2 * 1024 * 1024, BODY_BYTES_MAX])
def test_the_whole_body_is_signed(lab: Lab, size: int) -> None:
    body = b"x" * size

    answer = ask(lab, body=body)

    assert (200, body) == (answer.status, lab.provider.only().body)
    assert verified(lab.provider.only(), SECRET)


def test_a_second_attempt_is_signed_anew(lab: Lab) -> None:
    lab.provider.script(Answer(503), LAST)

    answer = ask(lab, port=lab.stubborn)

    assert (200, 2) == (answer.status, len(lab.provider.requests))
    for seen in lab.provider.requests:
        assert verified(seen, SECRET)
        assert 1 == [name for name, _ in seen.headers].count("x-amz-date")


def test_new_keys_count_without_a_restart(lab: Lab) -> None:
    secrets = lab.envoy.directory / "secrets"
    write_secrets(lab.envoy.snapshot, secrets, {**ENVIRON, "AWS_ID": "AKIDNEW", "AWS_SECRET": "new"})

    def used() -> bool:
        ask(lab)
        return "AKIDNEW" in (lab.provider.requests[-1].header("authorization") or "")

    until(used, "the new keys sign")
    assert "AKIDNEW" == verified(lab.provider.requests[-1], "new").key_id
    write_secrets(lab.envoy.snapshot, secrets, ENVIRON)
    until(lambda: not used(), "the old keys sign again")


def test_a_file_of_keys_is_for_envoy_alone(tmp_path: Path) -> None:
    write_secrets(a_snapshot_of(an_upstream(aws=AwsSigning("us-east-1", AWS_KEYS))), tmp_path, ENVIRON)

    (path,) = tmp_path.iterdir()
    assert ("acme%2Faws.aws", 0o100600) == (path.name, path.stat().st_mode)
    assert path.read_text().splitlines() == [
        "[plano-extproc]",
        f"aws_access_key_id = {ENVIRON['AWS_ID']}",
        f"aws_secret_access_key = {SECRET}",
        f"aws_session_token = {ENVIRON['AWS_TOKEN']}",
    ]


def test_keys_that_are_no_longer_used_are_removed(tmp_path: Path) -> None:
    write_secrets(a_snapshot_of(an_upstream(aws=AwsSigning("us-east-1", AWS_KEYS))), tmp_path, ENVIRON)

    write_secrets(a_snapshot_of(an_upstream(aws=AwsSigning("us-east-1"))), tmp_path, ENVIRON)

    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "value"), [("AWS_SECRET", ""), ("AWS_TOKEN", "t" * 4000)])
def test_keys_that_envoy_would_pass_over_are_refused(tmp_path: Path, name: str, value: str) -> None:
    """It would take those in ``~/.aws/credentials`` instead, and say nothing."""
    snapshot = a_snapshot_of(an_upstream(aws=AwsSigning("us-east-1", AWS_KEYS)))

    with pytest.raises(MissingSecretError):
        write_secrets(snapshot, tmp_path / "secrets", {**ENVIRON, name: value})


@pytest.mark.parametrize(
    ("signing", "key_id"),
    [(AwsSigning("us-east-1"), "AKIDOFENVOY"), (AwsSigning("us-east-1", profile="work"), "AKIDOFWORK")],
)
def test_envoy_finds_keys_where_it_runs(tmp_path: Path, signing: AwsSigning, key_id: str) -> None:
    """In its environment, or in the profile that is named and nowhere else."""
    keys = "aws_access_key_id = AKIDOFWORK\naws_secret_access_key = found\n"
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(f"[work]\n{keys}")
    own = {"HOME": str(tmp_path), "AWS_ACCESS_KEY_ID": "AKIDOFENVOY", "AWS_SECRET_ACCESS_KEY": "found"}
    with ExitStack() as stack:
        claim = PortClaim()
        stack.callback(claim.release)
        provider = stack.enter_context(Upstream())
        stack.enter_context(ExtProcDouble(tmp_path / "extproc-0.sock"))
        listener = a_listener(port=claim.port)
        snapshot = a_snapshot_of(an_upstream("bedrock", port=provider.port, aws=signing), listener=listener)
        envoy = stack.enter_context(
            RunningEnvoy(snapshot, tmp_path, {}, {**own, "AWS_EC2_METADATA_DISABLED": "true"})
        )
        envoy.until_serving()
        envoy.request(headers={"x-test-cluster": "bedrock"})

        assert key_id == verified(provider.only(), "found").key_id


def credentials(signing: AwsSigning) -> dict[str, Any] | None:
    """Where Envoy is told to look for keys."""
    made = to_json(signer(an_upstream(aws=signing), signing, "/s"))
    found: dict[str, Any] | None = made["typed_config"].get("credential_provider")
    return found


def test_keys_are_looked_for_in_one_place_alone() -> None:
    """So that no other identity takes the place of one that is missing."""
    work = {"credentials_file_provider": {"profile": "work"}, "custom_credential_provider_chain": True}
    made = credentials(AwsSigning("us-east-1", replace(AWS_KEYS, session_token=None)))

    assert made is not None
    source = made["credentials_file_provider"]["credentials_data_source"]
    assert {"filename": "/s/acme%2Faws.aws", "watched_directory": {"path": "/s"}} == source
    assert made["custom_credential_provider_chain"]
    assert work == credentials(AwsSigning("us-east-1", profile="work"))


def test_without_keys_envoys_own_chain_finds_them() -> None:
    assert credentials(AwsSigning("us-east-1")) is None


def test_a_literal_key_does_not_show_in_what_is_rendered() -> None:
    literal = SecretRef("literal", "digest", literal="in-the-config")
    keys = replace(AWS_KEYS, secret_access_key=literal)

    assert "in-the-config" not in str(credentials(AwsSigning("us-east-1", keys)))
