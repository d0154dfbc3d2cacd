"""The OpenAPI document of the HTTP API, made from its types."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from extproc import __version__

_REF: Final = "#/components/schemas/{name}"


class Operation(msgspec.Struct, frozen=True):
    """One GET."""

    path: str
    name: str
    summary: str
    answer: type[msgspec.Struct]
    query: type[msgspec.Struct] | None = None
    """Its parameters, all of them optional."""


def document(operations: Sequence[Operation], problem: type[msgspec.Struct]) -> dict[str, Any]:
    """The document; `problem` is what errors look like."""
    types = [*(operation.answer for operation in operations), problem]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    *answers, failure = schemas
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "plano-state",
            "version": __version__,
            "description": "What goes on in a gateway, and what has. The fields are explained in "
            "protos/plano/state/v1/state.proto; one that is not there has its default.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            operation.path: {"get": _get(operation, answer, failure)}
            for operation, answer in zip(operations, answers, strict=True)
        },
        "components": {"schemas": components},
    }


def _get(operation: Operation, answer: dict[str, Any], failure: dict[str, Any]) -> dict[str, Any]:
    responses = {"200": _response("As wanted.", answer)}
    if operation.query is not None:
        responses |= {
            "400": _response("A parameter makes no sense.", failure),
            "503": _response("The store does not answer.", failure),
        }
    return {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": _parameters(operation.query) if operation.query else [],
        "responses": responses,
    }


def _response(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _parameters(query: type[msgspec.Struct]) -> list[dict[str, Any]]:
    [schema], components = msgspec.json.schema_components([query], ref_template=_REF)
    properties = components[schema["$ref"].rpartition("/")[2]]["properties"]
    return [
        {"name": name, "in": "query", "required": False, "schema": kind} for name, kind in properties.items()
    ]
