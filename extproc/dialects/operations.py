"""Every path we serve or pass, and how a request's method and path are matched to one.

A path is matched as the client wrote it, but for its query string and one slash at its end. Segments are not
decoded: ``%2F`` is no separator, so that Envoy, we and the provider see the same ones. Two slashes in a row
are an unknown path: merged, ``/v1/files//content`` would become the file called ``content``.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from difflib import get_close_matches
from typing import Final
from urllib.parse import unquote

from extproc.dialects.api import Api
from extproc.dialects.operation import BodyKind, Operation
from extproc.errors import MethodNotAllowed, UnknownPath

JSON: Final = BodyKind.JSON
MULTIPART: Final = BodyKind.MULTIPART
OPAQUE: Final = BodyKind.OPAQUE

OPERATIONS: Final = (
    # OpenAI Chat.
    Operation("chat", Api.CHAT, "POST", "/v1/chat/completions", JSON),
    # OpenAI Responses.
    Operation("responses", Api.RESPONSES, "POST", "/v1/responses", JSON),
    Operation("responses.input_tokens", Api.RESPONSES, "POST", "/v1/responses/input_tokens", JSON),
    Operation("responses.compact", Api.RESPONSES, "POST", "/v1/responses/compact", JSON),
    Operation("responses.get", Api.RESPONSES, "GET", "/v1/responses/{}", OPAQUE),
    Operation("responses.delete", Api.RESPONSES, "DELETE", "/v1/responses/{}", OPAQUE),
    Operation("responses.cancel", Api.RESPONSES, "POST", "/v1/responses/{}/cancel", OPAQUE),
    Operation("responses.input_items", Api.RESPONSES, "GET", "/v1/responses/{}/input_items", OPAQUE),
    # Anthropic Messages.
    Operation("messages", Api.MESSAGES, "POST", "/v1/messages", JSON),
    Operation("messages.count_tokens", Api.MESSAGES, "POST", "/v1/messages/count_tokens", JSON),
    Operation("messages.batches.create", Api.MESSAGES, "POST", "/v1/messages/batches", OPAQUE),
    Operation("messages.batches.list", Api.MESSAGES, "GET", "/v1/messages/batches", OPAQUE),
    Operation("messages.batches.get", Api.MESSAGES, "GET", "/v1/messages/batches/{}", OPAQUE),
    Operation("messages.batches.delete", Api.MESSAGES, "DELETE", "/v1/messages/batches/{}", OPAQUE),
    Operation("messages.batches.cancel", Api.MESSAGES, "POST", "/v1/messages/batches/{}/cancel", OPAQUE),
    Operation("messages.batches.results", Api.MESSAGES, "GET", "/v1/messages/batches/{}/results", OPAQUE),
    # OpenAI, with a model.
    Operation("completions", Api.OPENAI, "POST", "/v1/completions", JSON),
    Operation("embeddings", Api.OPENAI, "POST", "/v1/embeddings", JSON),
    Operation("rerank", Api.OPENAI, "POST", "/v1/rerank", JSON),
    Operation("moderations", Api.OPENAI, "POST", "/v1/moderations", JSON, True),
    Operation("images.generations", Api.OPENAI, "POST", "/v1/images/generations", JSON, True),
    Operation("images.edits", Api.OPENAI, "POST", "/v1/images/edits", MULTIPART, True),
    Operation(
        "images.variations", Api.OPENAI, "POST", "/v1/images/variations", MULTIPART, model_optional=True
    ),
    Operation("audio.speech", Api.OPENAI, "POST", "/v1/audio/speech", JSON),
    Operation("audio.transcriptions", Api.OPENAI, "POST", "/v1/audio/transcriptions", MULTIPART),
    Operation("audio.translations", Api.OPENAI, "POST", "/v1/audio/translations", MULTIPART),
    # OpenAI, without one.
    Operation("files.create", Api.OPENAI, "POST", "/v1/files", OPAQUE),
    Operation("files.list", Api.OPENAI, "GET", "/v1/files", OPAQUE),
    Operation("files.get", Api.OPENAI, "GET", "/v1/files/{}", OPAQUE),
    Operation("files.delete", Api.OPENAI, "DELETE", "/v1/files/{}", OPAQUE),
    Operation("files.content", Api.OPENAI, "GET", "/v1/files/{}/content", OPAQUE),
    Operation("batches.create", Api.OPENAI, "POST", "/v1/batches", OPAQUE),
    Operation("batches.list", Api.OPENAI, "GET", "/v1/batches", OPAQUE),
    Operation("batches.get", Api.OPENAI, "GET", "/v1/batches/{}", OPAQUE),
    Operation("batches.cancel", Api.OPENAI, "POST", "/v1/batches/{}/cancel", OPAQUE),
    # Which model would answer? We answer that ourselves.
    Operation("routing.chat", Api.CHAT, "POST", "/routing/v1/chat/completions", JSON),
    Operation("routing.responses", Api.RESPONSES, "POST", "/routing/v1/responses", JSON),
    Operation("routing.messages", Api.MESSAGES, "POST", "/routing/v1/messages", JSON),
    # These we answer ourselves, so HEAD costs nothing; a provider is never sent one.
    Operation("models.list", Api.OPENAI, "GET", "/v1/models", OPAQUE),
    Operation("models.list", Api.OPENAI, "HEAD", "/v1/models", OPAQUE),
    Operation("models.options", Api.OPENAI, "OPTIONS", "/v1/models", OPAQUE),
    Operation("models.get", Api.OPENAI, "GET", "/v1/models/{}", OPAQUE),
    Operation("models.get", Api.OPENAI, "HEAD", "/v1/models/{}", OPAQUE),
    Operation("models.options", Api.OPENAI, "OPTIONS", "/v1/models/{}", OPAQUE),
    Operation("health", Api.OPENAI, "GET", "/healthz", OPAQUE),
    Operation("health", Api.OPENAI, "HEAD", "/healthz", OPAQUE),
)

ON_AGENTS: Final = frozenset(
    {
        *("chat", "messages", "responses", "models.list", "models.get", "models.options", "health"),
        *("responses.get", "responses.delete", "responses.cancel", "responses.input_items"),
    }
)
"""Names of the operations that a listener of agents serves."""

_MODEL_PREFIX: Final = "/v1/models/"
"""A model's id may hold slashes, encoded or not, so what follows is one id."""

_PATH_CHARS_SHOWN: Final = 200
"""How much of an unknown path its error repeats."""

_API_OF_SEGMENT: Final = {"chat": Api.CHAT, "responses": Api.RESPONSES, "messages": Api.MESSAGES}


def _by_path(operations: Iterable[Operation]) -> Mapping[str, Mapping[str, Operation]]:
    table: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        table.setdefault(operation.path, {})[operation.method] = operation
    return table


_BY_PATH: Final = _by_path(OPERATIONS)
"""Path or template → method → operation."""


def match(method: str, path: str) -> Operation:
    """The operation that a request line asks for; `path` may have a query string.

    Raises `UnknownPath`, or `MethodNotAllowed` with an ``allow`` header.
    """
    bare = path.partition("?")[0]
    return _of(method, bare, _BY_PATH.get(bare) or _methods_of(bare))


def match_on_agents(method: str, path: str) -> Operation:
    """The same on a listener of agents, which serves few of them."""
    bare = path.partition("?")[0]
    with suppress(UnknownPath):
        methods = _BY_PATH.get(bare) or _methods_of(bare)
        if any(operation.name in ON_AGENTS for operation in methods.values()):
            return _of(method, bare, methods)
    raise UnknownPath(
        f"This listener has agents: they take POST /v1/chat/completions, /v1/messages and /v1/responses, "
        f"not {_shown(bare)}."
    )


def _of(method: str, bare: str, methods: Mapping[str, Operation]) -> Operation:
    operation = methods.get(method)
    if operation is None:
        allowed = ", ".join(methods)
        raise MethodNotAllowed(f"{_shown(bare)} takes {allowed}, not {method}.", headers={"allow": allowed})
    return operation


def api_of(path: str) -> Api:
    """The API that a caller of `path`, known to us or not, expects an error of. Never raises."""
    segments = [segment for segment in path.partition("?")[0].split("/") if segment]
    for prefix in ("routing", "v1"):
        if segments[:1] == [prefix]:
            del segments[0]
    return _API_OF_SEGMENT.get(segments[0], Api.OPENAI) if segments else Api.OPENAI


def _methods_of(path: str) -> Mapping[str, Operation]:
    """The operations of a path that no row has literally: it ends in a slash, or holds an id."""
    if path.endswith("/") and path[:-1] in _BY_PATH:
        return _BY_PATH[path[:-1]]
    if path.startswith(_MODEL_PREFIX):
        return _BY_PATH["/v1/models/{}"]
    segments = path.removesuffix("/").split("/")
    for position in (3, 4):
        if len(segments) > position and _is_id(segments[position]):
            template = "/".join((*segments[:position], "{}", *segments[position + 1 :]))
            if template in _BY_PATH:
                return _BY_PATH[template]
    raise UnknownPath(_unknown(path))


def _is_id(segment: str) -> bool:
    """Whether a segment can be an id: not empty, and no step up or aside once a provider decodes it."""
    if "." not in segment and "%" not in segment:
        return segment != ""
    return not {"", ".", ".."}.intersection(unquote(segment).replace("\\", "/").split("/"))


def _shown(path: str) -> str:
    return path if len(path) <= _PATH_CHARS_SHOWN else f"{path[:_PATH_CHARS_SHOWN]}…"


def _unknown(path: str) -> str:
    merged = "/" + "/".join(segment for segment in path[:_PATH_CHARS_SHOWN].split("/") if segment)
    near = [known for known in (merged, f"/v1{merged}") if known in _BY_PATH]
    near = near or get_close_matches(merged, _BY_PATH, n=1, cutoff=0.85)
    return f"No API has the path {_shown(path)}." + (f" Did you mean {near[0]}?" if near else "")
