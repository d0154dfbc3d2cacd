"""Requests signed for AWS (Signature Version 4) by Envoy, with keys that only Envoy reads.

What was seen of Envoy 1.40 with the filter in a cluster:

- It signs each attempt anew, over the whole body (which it holds back until it is complete), and writes
  ``%`` of the path as ``%25`` once more, as AWS does for every service but S3: ids with ``%2F`` are fine.
- It signs before a new connection is there, hence before ``auto_host_rewrite``: without `host_rewrite` the
  signature of every request that opens a connection is for the client's Host, and wrong.
- A file of credentials that is missing or longer than 4096 bytes is passed over in silence for
  ``~/.aws/credentials``: so ours names a profile that is not there, and `secrets` refuses a longer one.
- Without credentials the request goes on unsigned; AWS answers it with 403.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from envoy_data_plane.envoy.config.core.v3 import DataSource, WatchedDirectory
from envoy_data_plane.envoy.extensions.common.aws.v3 import (
    AwsCredentialProvider,
    CredentialsFileCredentialProvider,
)
from envoy_data_plane.envoy.extensions.filters.http.aws_request_signing.v3 import AwsRequestSigning
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter
from envoy_data_plane.envoy.type.matcher.v3 import StringMatcher

from extproc.bootstrap.typed import http_filter
from extproc.config.secret import MissingSecretError
from extproc.config.snapshot import AwsKeys, AwsSigning, Upstream

SUFFIX: Final = ".aws"
"""Of the files that hold AWS keys."""

SERVICE: Final = "bedrock"
"""The name that requests to ``bedrock-runtime`` are signed for."""

FILE_BYTES_MAX: Final = 4096
"""A longer file Envoy does not read."""

_PROFILE: Final = "plano-extproc"


def signer(upstream: Upstream, signing: AwsSigning, secrets_dir: str) -> HttpFilter:
    """The filter that signs; behind it nothing may change what it signed."""
    return http_filter(
        "envoy.filters.http.aws_request_signing",
        AwsRequestSigning(
            service_name=SERVICE,
            region=signing.region,
            host_rewrite=upstream.authority,
            # Beside the host. Other headers may be changed by whatever is between us and AWS.
            match_included_headers=[StringMatcher(exact="content-type"), StringMatcher(prefix="x-amz-")],
            credential_provider=_credentials(upstream, signing, secrets_dir),
        ),
    )


def key_file(upstream: Upstream) -> str:
    """Name of the file with the upstream's keys."""
    return quote(f"{upstream.cluster}/aws", safe="") + SUFFIX


def key_document(keys: AwsKeys, environ: Mapping[str, str]) -> str:
    """The file, in the form of ``~/.aws/credentials``. Raises `MissingSecretError`."""
    lines = {
        "aws_access_key_id": keys.access_key_id,
        "aws_secret_access_key": keys.secret_access_key,
        "aws_session_token": keys.session_token,
    }
    values = (f"{name} = {ref.resolve(environ)}\n" for name, ref in lines.items() if ref is not None)
    text = f"[{_PROFILE}]\n{''.join(values)}"
    if len(text.encode()) > FILE_BYTES_MAX:
        raise MissingSecretError(f"the keys for AWS are longer than the {FILE_BYTES_MAX} bytes Envoy reads")
    return text


def _credentials(upstream: Upstream, signing: AwsSigning, secrets_dir: str) -> AwsCredentialProvider | None:
    """``None``: Envoy's own chain. Else one file alone, so that no other identity takes its place."""
    if signing.keys is not None:
        source = DataSource(
            filename=f"{secrets_dir}/{key_file(upstream)}",
            watched_directory=WatchedDirectory(path=secrets_dir),
        )
        file = CredentialsFileCredentialProvider(credentials_data_source=source, profile=_PROFILE)
    elif signing.profile is not None:
        file = CredentialsFileCredentialProvider(profile=signing.profile)
    else:
        return None
    return AwsCredentialProvider(custom_credential_provider_chain=True, credentials_file_provider=file)
