"""The folder of secrets that Envoy reads: one file a secret, in the form of Envoy's file SDS; AWS keys in the
form of AWS's own credentials file.

Files rather than the bootstrap, which shows in Envoy's ``/config_dump``. And since Envoy watches the folder,
a new key counts some 20 ms after its file is there.
"""

import json
import os
import tempfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

from envoy_data_plane.envoy.config.core.v3 import DataSource
from envoy_data_plane.envoy.extensions.transport_sockets.tls.v3 import GenericSecret, Secret
from envoy_data_plane.envoy.service.discovery.v3 import DiscoveryResponse

from extproc.bootstrap import aws
from extproc.bootstrap.injection import SUFFIX, Injection, injections, upstreams
from extproc.bootstrap.typed import pack, to_json
from extproc.config.snapshot import Snapshot


def write_secrets(snapshot: Snapshot, directory: Path, environ: Mapping[str, str]) -> None:
    """Make `directory` hold the secrets of `snapshot` and no others of ours (0600 in 0700).

    Each file is renamed into its place, and only where it differs, so a running Envoy never reads half a key.
    Raises `MissingSecretError` before anything is written when one cannot be resolved, else `OSError`.
    """
    contents = secret_files(snapshot, environ)
    add_secrets(contents, directory)
    remove_other_secrets(contents, directory)


def secret_files(snapshot: Snapshot, environ: Mapping[str, str]) -> dict[str, str]:
    """What each file is to hold, by its name. Raises `MissingSecretError`."""
    return dict(_files(snapshot, environ))


def secret_names(snapshot: Snapshot) -> tuple[str, ...]:
    """The names of those files, for who holds no secret."""
    names: list[str] = []
    for upstream in upstreams(snapshot):
        names += [injection.filename for injection in injections(upstream)]
        if upstream.aws is not None and upstream.aws.keys is not None:
            names.append(aws.key_file(upstream))
    return tuple(names)


def add_secrets(contents: Mapping[str, str], directory: Path) -> dict[str, str | None]:
    """Write the files that differ, beside those that are there; returns `differing`. Raises `OSError`."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)
    before = differing(contents, directory)
    for name in before:
        _replace(directory / name, contents[name])
    return before


def differing(contents: Mapping[str, str], directory: Path) -> dict[str, str | None]:
    """What is in those files that do not hold what they are to hold; ``None`` where there is no file."""
    there = {name: _read(directory / name) for name in contents}
    return {name: content for name, content in there.items() if content != contents[name]}


def secret_name(file: str) -> str:
    """What a file of secrets is for, e.g. ``openai_api.openai.com_443/authorization``."""
    return unquote(file.removesuffix(SUFFIX).removesuffix(aws.SUFFIX))


def put_back_secrets(before: Mapping[str, str | None], directory: Path) -> None:
    """Undo `add_secrets`, which returned `before`."""
    for name, content in before.items():
        if content is None:
            (directory / name).unlink(missing_ok=True)
        else:
            _replace(directory / name, content)


def remove_other_secrets(names: Collection[str], directory: Path) -> None:
    """Leave no file of a secret but those of `names`."""
    for suffix in (SUFFIX, aws.SUFFIX):
        for stale in directory.glob(f"*{suffix}"):
            if stale.name not in names:
                stale.unlink()


def _files(snapshot: Snapshot, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for upstream in upstreams(snapshot):
        for injection in injections(upstream):
            yield injection.filename, _document(injection, environ)
        if upstream.aws is not None and upstream.aws.keys is not None:
            yield aws.key_file(upstream), aws.key_document(upstream.aws.keys, environ)


def _document(injection: Injection, environ: Mapping[str, str]) -> str:
    source = DataSource(inline_string=injection.ref.resolve(environ))
    secret = Secret(name=injection.secret, generic_secret=GenericSecret(secret=source))
    return json.dumps(to_json(DiscoveryResponse(resources=[pack(secret)])))


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _replace(path: Path, content: str) -> None:
    # mkstemp makes the file with 0600; the name does not end like a secret's.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
    Path(temporary).replace(path)
