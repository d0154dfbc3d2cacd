"""The service's HTTP API, on loopback: what people and programs without gRPC may look at, and not change."""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from extproc.state.ingest import Ingest
from extproc.state.listing import Wanted, listed
from extproc.state.load import Picture, StoreHealth
from extproc.state.openapi import Operation, document
from extproc.state.store import Store, StoreUnavailable
from extproc.state.turn import Turn

HOSTS: Final = ["127.0.0.1", "localhost", "[::1]"]
"""Names by which it is called. A page whose name points here is not to read it (DNS rebinding)."""


class Health(msgspec.Struct):
    """Whether all is well."""

    status: str
    """``ok``, or ``degraded`` where a store fails; the service serves all the same."""
    stores: list[StoreHealth]


class Turns(msgspec.Struct):
    """Turns, the newest first."""

    turns: list[Turn]


class Problem(msgspec.Struct):
    """Why there is no answer."""

    error: str


def application(store: Store, ingest: Ingest) -> Starlette:
    """The API over `store` and `ingest`."""

    async def health(_: Request) -> Response:
        stores = ingest.picture().stores
        status = "ok" if all(one.healthy for one in stores) else "degraded"
        return _json(Health(status, stores))

    async def picture(_: Request) -> Response:
        return _json(ingest.picture())

    async def turns(request: Request) -> Response:
        wanted = msgspec.convert(dict(request.query_params), Wanted, strict=False)
        return _json(Turns(await listed(store, wanted)))

    async def openapi(_: Request) -> Response:
        return _json(document(_OPERATIONS, Problem))

    return Starlette(
        routes=[
            Route("/healthz", health),
            Route("/v1/picture", picture),
            Route("/v1/turns", _told(turns)),
            Route("/openapi.json", openapi),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)],
    )


_OPERATIONS: Final = (
    Operation("/healthz", "getHealth", "Whether all is well.", Health),
    Operation("/v1/picture", "getPicture", "What goes on at this moment.", Picture),
    Operation("/v1/turns", "listTurns", "Exchanges that have ended, the newest first.", Turns, Wanted),
)


def _json(value: object, status: int = 200) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(msgspec.json.encode(value), status, headers, "application/json")


def _told(
    endpoint: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except msgspec.ValidationError as error:
            return _json(Problem(str(error)), 400)
        except StoreUnavailable as error:
            return _json(Problem(str(error)), 503)

    return answer
