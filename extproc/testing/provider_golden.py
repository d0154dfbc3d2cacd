"""Golden pairs of a provider: what it is sent for a client's request, what the client gets for its answer.

    tests/golden/providers/<provider id>/
        <case>.<client api>.request.json        a client's request, its `model` being the provider's own
        <case>.answer.json|.sse|.bin            what the provider answers (optional)
        <case>.<client api>.to-provider.json    path, body and lost fields; or the error, where it is refused
        <case>.<client api>.to-client.json|.sse the answer, for this client

The first two are written by hand, the others by ``PLANO_UPDATE_GOLDEN=1``, or for one provider by
``python -m extproc.testing.provider_golden <provider id>``. A new provider adds files, no code.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from extproc.dialects import operations
from extproc.dialects.api import Api
from extproc.dialects.registry import CLIENT_DIALECTS
from extproc.errors import InvalidRequest
from extproc.providers.table import PROFILES
from extproc.rewrite.path import crossing_path
from extproc.routing.models import Target
from extproc.testing.builders import a_provider
from extproc.testing.golden import Files, pretty, settled
from extproc.translation.answer import StreamedAnswer
from extproc.translation.choice import upstream_api
from extproc.translation.request import Crossing, translate

ROOT: Final = Path(__file__).parents[2] / "tests" / "golden" / "providers"

_REQUEST: Final = ".request.json"
_PATHS: Final = {
    Api.CHAT: "/v1/chat/completions",
    Api.RESPONSES: "/v1/responses",
    Api.MESSAGES: "/v1/messages",
}
_ANSWERS: Final = {
    ".json": "application/json",
    ".sse": "text/event-stream",
    ".bin": "application/vnd.amazon.eventstream",
}


def cases(root: Path = ROOT, provider: str = "*") -> Iterator[tuple[Path, str, Api]]:
    """Each client's request below `root`, with its case and API."""
    for path in sorted(root.glob(f"{provider}/*{_REQUEST}")):
        case, _, api = path.name.removesuffix(_REQUEST).partition(".")
        yield path, case, Api(api)


def made(source: Path, case: str, client: Api) -> Files:
    """The files that `source`, a client's request, makes.

    Raises `ValueError` where its provider speaks the client's API, since nothing is translated then.
    """
    profile = PROFILES[source.parent.name]
    upstream = upstream_api(operations.match("POST", _PATHS[client]), profile)
    if upstream is None:
        raise ValueError(
            f"{profile.id} is sent requests of {client} as they are: {source.name} tests nothing"
        )
    body = source.read_bytes()
    model = msgspec.json.decode(body)["model"]
    name = f"{case}.{client}"
    try:
        crossing = translate(body, client, upstream, model, profile)
    except InvalidRequest as refused:
        return {f"{name}.to-provider.json": pretty({"refused": refused.message, "param": refused.param})}
    path = crossing_path(
        Target(a_provider(f"{profile.id}/{model}"), model), upstream, crossing.request.stream
    )
    sent = {"path": path, "body": msgspec.json.decode(crossing.body), "lost": crossing.lost}
    return {f"{name}.to-provider.json": pretty(sent), **_answers(source.parent, case, name, crossing)}


def _answers(folder: Path, case: str, name: str, crossing: Crossing) -> Files:
    files: Files = {}
    for suffix, content_type in _ANSWERS.items():
        path = folder / f"{case}.answer{suffix}"
        if path.exists():
            kind, told = _told(crossing, content_type, path.read_bytes())
            files[f"{name}.to-client.{kind}"] = settled(told, path.read_bytes())
    return files


def _told(crossing: Crossing, content_type: str, data: bytes) -> tuple[str, bytes]:
    answer = crossing.answer(200, content_type)
    if isinstance(answer, StreamedAnswer):
        return "sse", answer.feed(data, last=True)
    whole = answer.turn(data)
    if whole.content_type != "application/json":
        return "sse", whole.body
    return "json", pretty(msgspec.json.decode(whole.body))


def write(provider: str, root: Path = ROOT) -> None:
    """Write what follows from the sources of `provider`."""
    for path, case, client in cases(root, provider):
        for name, content in made(path, case, client).items():
            (path.parent / name).write_bytes(content)


if __name__ == "__main__":
    assert tuple(_PATHS) == tuple(CLIENT_DIALECTS)
    for argument in sys.argv[1:]:
        write(argument)
