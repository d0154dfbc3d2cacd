"""Envoy accepts what is made of every config that is shipped, and the example in ``envoy/`` is current."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from extproc.bootstrap.access_log import FIELDS
from extproc.bootstrap.envoy import validate
from extproc.bootstrap.reference import CONFIG, OPTIONS, OUTPUT, reference
from extproc.bootstrap.render import RenderOptions, render
from extproc.bootstrap.reply_cases import CASES
from extproc.bootstrap.secrets import write_secrets
from extproc.config.load import loads
from extproc.config.snapshot import AwsSigning, DownstreamTls, Snapshot
from extproc.providers.profile import AuthStyle
from extproc.testing.builders import a_listener
from tests.bootstrap.values import AWS_KEYS, ENVIRON, a_snapshot_of, an_upstream

ROOT = Path(__file__).parents[2]
CONFIGS = [ROOT / CONFIG, *sorted((ROOT / "config" / "examples").glob("*.yaml"))]
VARIABLE = re.compile(r"\$\{?([A-Z][A-Z0-9_]*)")


def some_values(text: str) -> dict[str, str]:
    """An environment with every variable that a config names."""
    return dict.fromkeys(VARIABLE.findall(text), "some-value")


def accept(snapshot: Snapshot, directory: Path, environ: Mapping[str, str]) -> None:
    """Let Envoy judge what is rendered for `snapshot`, with its files in place."""
    options = RenderOptions(
        extproc_sockets=(str(directory / "extproc-0.sock"),),
        secrets_dir=str(directory / "secrets"),
        admin_port=9901,
        access_log_path=str(directory / "access.log"),
        outbound_socket=str(directory / "outbound.sock"),
    )
    write_secrets(snapshot, directory / "secrets", environ)
    path = directory / "envoy.json"
    path.write_text(json.dumps(render(snapshot, options)))
    validate(path)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_envoy_accepts_every_config_that_is_shipped(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    environ = some_values(text)
    snapshot = loads(text, environ, directory=path.parent).snapshot

    accept(snapshot, tmp_path, environ)


def test_envoy_accepts_every_way_to_reach_a_provider(tmp_path: Path) -> None:
    certificate = trustme.CA()
    files = {name: str(tmp_path / name) for name in ("ca.pem", "cert.pem", "key.pem")}
    issued = certificate.issue_cert("localhost")
    certificate.cert_pem.write_to_path(files["ca.pem"])
    issued.cert_chain_pems[0].write_to_path(files["cert.pem"])
    issued.private_key_pem.write_to_path(files["key.pem"])
    tls = DownstreamTls(files["cert.pem"], files["key.pem"], files["ca.pem"])
    ways = [
        an_upstream("ip", tls=True),
        an_upstream("ip6", host="::1", tls=True, authority="[::1]:8000"),
        an_upstream("name", host="api.example.com", port=443, tls=True, authority="api.example.com"),
        *(an_upstream(auth, auth=auth) for auth in AuthStyle),
        an_upstream("open", credential=None),
        an_upstream("aws", aws=AwsSigning("us-east-1")),
        an_upstream("aws-keys", aws=AwsSigning("us-east-1", AWS_KEYS)),
        an_upstream("aws-profile", aws=AwsSigning("us-east-1", profile="work")),
    ]
    listener = replace(a_listener("100 % a/b"), tls=tls, timeout_s=1.5, max_retries=2)
    snapshot = replace(a_snapshot_of(*ways, listener=listener), upstream_ca_path=files["ca.pem"])

    accept(snapshot, tmp_path, ENVIRON)


def test_the_rendered_example_is_current() -> None:
    """When this fails: ``python -m extproc.bootstrap``."""
    assert (ROOT / OUTPUT).read_text(encoding="utf-8") == reference(ROOT)


def test_envoy_accepts_the_rendered_example(tmp_path: Path) -> None:
    """As it is, in YAML, which Envoy reads by rules of its own; only its secrets are elsewhere."""
    text = (ROOT / CONFIG).read_text(encoding="utf-8")
    write_secrets(loads(text, some_values(text)).snapshot, tmp_path, some_values(text))
    path = tmp_path / "envoy.yaml"
    path.write_text(reference(ROOT).replace(OPTIONS.secrets_dir, str(tmp_path)), encoding="utf-8")

    validate(path)


def test_the_example_shows_no_path_of_this_machine() -> None:
    assert str(ROOT) not in reference(ROOT)


@pytest.mark.parametrize("word", [*FIELDS, *sorted({case.reason for case in CASES})])
def test_the_readme_explains_every_log_field_and_every_reason(word: str) -> None:
    assert f"`{word}`" in (ROOT / "envoy" / "README.md").read_text(encoding="utf-8")
