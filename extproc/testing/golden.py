"""Golden pairs: what a dialect's request, answer, stream or error becomes, as files beside each other.

    tests/golden/<source api>/<case>.request.json     a client's request; for every API that providers speak:
                     <case>.request.to-<target>.json      what is sent,
                     <case>.request.lost.<target>.json    the paths that are left out, if there are any,
                     <case>.request.refused.<target>.json or the error that the client gets instead
    tests/golden/<source api>/<case>.response.json    a provider's answer; for every API that clients speak:
                     <case>.response.to-<target>.json     what the client gets
                     <case>.response.client.json          the client's request as a Chat request (optional)
    tests/golden/<source api>/<case>.stream.sse|.bin  a provider's stream; likewise:
                     <case>.stream.to-<target>.sse
                     <case>.stream.client.json
    tests/golden/<source api>/<case>.error.<status>.json|.txt
                     <case>.error.<status>.read.json      what is read from it

``PLANO_UPDATE_GOLDEN=1`` writes the files instead of comparing with them. What no provider said and differs
from run to run (ids, times) stands there as ``<made>`` and ``<now>``.
"""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from extproc.dialects import openai_chat
from extproc.dialects.api import Api
from extproc.dialects.registry import CLIENT_DIALECTS, UPSTREAM_DIALECTS
from extproc.errors import InvalidRequest
from extproc.llm.events import Event
from extproc.llm.loss import Losses
from extproc.llm.request import Request

UPDATE: Final = bool(os.environ.get("PLANO_UPDATE_GOLDEN"))

Files = dict[str, bytes]
"""File name to content."""

_MADE_ID: Final = re.compile(r"(?<![0-9a-zA-Z])(([a-z]+[_-])+)[0-9a-f]{24,64}(?![0-9a-f])")
_TIME: Final = re.compile(r'("created(?:_at)?": ?|"completed_at": ?)(\d{10})(\.\d+)?')


def cases(root: Path, suffixes: tuple[str, ...]) -> Iterator[tuple[Api, str, Path]]:
    """Source API, case and file of each source below `root` that ends in one of `suffixes`."""
    for folder in sorted(path for path in root.glob("*") if path.is_dir()):
        for path in sorted(folder.iterdir()):
            for suffix in suffixes:
                if path.name.endswith(suffix) and "." not in path.name.removesuffix(suffix):
                    yield Api(folder.name), path.name.removesuffix(suffix), path


def request(source: Path, api: Api, case: str, target: Api) -> Files:
    """The files that `source`, a request, makes for `target`."""
    read = CLIENT_DIALECTS[api].read_request(msgspec.json.decode(source.read_bytes()))
    losses = Losses(read.unmodelled)
    try:
        body = UPSTREAM_DIALECTS[target].write_request(read, losses)
    except InvalidRequest as refused:
        error = {"message": refused.message, "param": refused.param}
        return {f"{case}.request.refused.{target}.json": pretty(error)}
    files = {f"{case}.request.to-{target}.json": pretty(body)}
    if losses.paths:
        files[f"{case}.request.lost.{target}.json"] = pretty(losses.paths)
    return files


def response(source: Path, api: Api, case: str, target: Api) -> Files:
    """The file that `source`, an answer, makes for `target`."""
    read = UPSTREAM_DIALECTS[api].read_response(msgspec.json.decode(source.read_bytes()))
    written = CLIENT_DIALECTS[target].write_response(read, _client(source, case, "response"))
    return {f"{case}.response.to-{target}.json": settled(pretty(written), source.read_bytes())}


def stream(source: Path, api: Api, case: str, target: Api) -> Files:
    """The file that `source`, a stream, makes for `target`."""
    encoder = CLIENT_DIALECTS[target].stream_encoder(_client(source, case, "stream"))
    events = decoded(source.read_bytes(), api)
    written = b"".join(encoder.encode(event) for event in events)
    return {f"{case}.stream.to-{target}.sse": settled(written, source.read_bytes())}


def error(source: Path, api: Api, name: str, status: int) -> Files:
    """The file that `source`, the body of an error, makes."""
    read = UPSTREAM_DIALECTS[api].read_error(status, source.read_bytes())
    return {f"{name}.read.json": pretty(msgspec.to_builtins(read))}


def decoded(data: bytes, api: Api, step: int | None = None) -> list[Event]:
    """The events of a stream that comes `step` bytes at a time (``None``: at once)."""
    decoder = UPSTREAM_DIALECTS[api].stream_decoder()
    events: list[Event] = []
    for i in range(0, len(data), step or len(data)):
        events += decoder.feed(data[i : i + (step or len(data))])
    return events + decoder.close()


def shown(events: list[Event], source: bytes) -> str:
    """`events` in words, without the ids that their decoder made."""
    return settled("\n".join(map(repr, events)).encode(), source).decode()


def check(folder: Path, made: Files, pattern: str) -> None:
    """Compares `made` with the files of `folder` that match `pattern`, or writes them."""
    there = {path.name: path for path in folder.glob(pattern)}
    if UPDATE:
        for name in there.keys() - made.keys():
            there[name].unlink()
        for name, content in made.items():
            (folder / name).write_bytes(content)
        return
    assert sorted(there) == sorted(made), "PLANO_UPDATE_GOLDEN=1 writes golden files"
    for name, content in made.items():
        assert there[name].read_text() == content.decode(), name


def _client(source: Path, case: str, kind: str) -> Request:
    """The request that the client is taken to have sent."""
    path = source.with_name(f"{case}.{kind}.client.json")
    if path.exists():
        return openai_chat.DIALECT.read_request(msgspec.json.decode(path.read_bytes()))
    return Request(model="client-model", messages=(), stream=kind == "stream", include_usage=True)


def pretty(value: Any) -> bytes:
    """JSON to be read in a diff."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def settled(written: bytes, source: bytes) -> bytes:
    """Without what differs from run to run."""
    said = source.decode("utf-8", "replace")

    def made(match: re.Match[str]) -> str:
        return match[0] if match[0] in said else f"{match[1]}<made>"

    def now(match: re.Match[str]) -> str:
        return f'{match[1]}"<now>"' if abs(time.time() - int(match[2])) < 600 else match[0]

    return _TIME.sub(now, _MADE_ID.sub(made, written.decode())).encode()
