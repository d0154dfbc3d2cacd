"""The HTTP API: what it answers, to whom, and that it is as its document says."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
import jsonschema
import pytest

from extproc.state.http import application
from extproc.state.load import Reporter
from extproc.state.store import StoreUnavailable
from extproc.state.stores.memory import MemoryStore
from extproc.state.turn import Turn
from tests.state.running import Service, service, until

T = TypeVar("T")


class Moody(MemoryStore):
    """Fails where turns are listed."""

    async def newest(self, *_: object) -> Any:
        raise StoreUnavailable("the moon is down")


def with_api(
    folder: Path, use: Callable[[httpx.AsyncClient, Service], Awaitable[T]], store: MemoryStore | None = None
) -> T:
    async def run() -> T:
        async with service(folder, store) as running:
            transport = httpx.ASGITransport(application(running.stores, running.ingest))
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:1") as client:
                return await use(client, running)

    return asyncio.run(run())


async def an_ended_turn(running: Service, request_id: str = "r1", **more: Any) -> None:
    running.ingest.turns.told(Turn(request_id, provider="openai", ending="routed", **more), over=True)
    running.ingest.turns.logged(Turn(request_id, status=200))

    async def kept() -> bool:
        return await running.stores.get("turn", more.get("tenant", ""), request_id) is not None

    await until(kept)


def test_health_picture_and_turns(tmp_path: Path) -> None:
    async def use(client: httpx.AsyncClient, running: Service) -> list[Any]:
        await an_ended_turn(running, model="gpt-4o")
        running.ingest.reported(Reporter("extproc-0", dropped=3))
        return [(await client.get(path)).json() for path in ("/healthz", "/v1/picture", "/v1/turns")]

    health, picture, turns = with_api(tmp_path, use)
    assert "ok" == health["status"]
    assert ["openai"] == [load["name"] for load in picture["providers"]]
    assert [("extproc-0", 3)] == [(one["name"], one["dropped"]) for one in picture["reporters"]]
    assert [("r1", "gpt-4o", 200)] == [
        (turn["request_id"], turn["model"], turn["status"]) for turn in turns["turns"]
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?limit=1", ["r2"]),
        ("?tenant=a", ["r1"]),
        ("?since=4e9", []),
        ("?failed=true", []),
        ("?provider=openai&limit=5", ["r2", "r1"]),
    ],
)
def test_a_query_leaves_turns_out(tmp_path: Path, query: str, found: list[str]) -> None:
    async def use(client: httpx.AsyncClient, running: Service) -> list[str]:
        await an_ended_turn(running, "r1", tenant="a")
        await an_ended_turn(running, "r2")
        answer = await client.get(f"/v1/turns{query}")
        return [turn["request_id"] for turn in answer.json()["turns"]]

    assert found == with_api(tmp_path, use)


@pytest.mark.parametrize("query", ["?limit=many", "?limit=-1", "?modle=x", "?failed=perhaps"])
def test_a_query_that_makes_no_sense_is_refused(tmp_path: Path, query: str) -> None:
    """A misspelt parameter would leave nothing out, and nobody would notice."""

    async def use(client: httpx.AsyncClient, _: Service) -> tuple[int, bool]:
        answer = await client.get(f"/v1/turns{query}")
        return answer.status_code, bool(answer.json()["error"])

    assert (400, True) == with_api(tmp_path, use)


def test_a_store_that_fails_is_a_503_and_the_service_is_degraded(tmp_path: Path) -> None:
    """It is not dead: to restart it would help nobody."""

    async def use(client: httpx.AsyncClient, _: Service) -> list[Any]:
        turns, health = await client.get("/v1/turns"), await client.get("/healthz")
        return [turns.status_code, turns.json(), health.status_code, health.json()["status"]]

    assert [503, {"error": "the moon is down"}, 200, "degraded"] == with_api(tmp_path, use, Moody({}))


@pytest.mark.parametrize(
    ("host", "status"), [("localhost", 200), ("127.0.0.1:9", 200), ("[::1]:9", 200), ("evil.example", 400)]
)
def test_a_page_whose_name_points_here_reads_nothing(tmp_path: Path, host: str, status: int) -> None:
    """DNS rebinding."""

    async def use(client: httpx.AsyncClient, _: Service) -> int:
        return (await client.get("/v1/picture", headers={"host": host})).status_code

    assert status == with_api(tmp_path, use)


def test_only_get_is_answered(tmp_path: Path) -> None:
    async def use(client: httpx.AsyncClient, _: Service) -> list[int]:
        return [(await client.post(path)).status_code for path in ("/v1/turns", "/healthz", "/v2")]

    assert [405, 405, 404] == with_api(tmp_path, use)


def test_answers_are_as_the_document_says(tmp_path: Path) -> None:
    """Each operation, each status that it names."""

    async def use(client: httpx.AsyncClient, running: Service) -> tuple[dict[str, Any], dict[Any, Any]]:
        await an_ended_turn(running, model="gpt-4o", tenant="t")
        document = (await client.get("/openapi.json")).json()
        asked = [(path, 200) for path in document["paths"]] + [("/v1/turns?limit=many", 400)]
        return document, {(path, code): (await client.get(path)) for path, code in asked}

    document, answers = with_api(tmp_path, use)
    assert "3.1.0" == document["openapi"]
    for (path, code), answer in answers.items():
        operation = document["paths"][path.partition("?")[0]]["get"]
        schema = operation["responses"][str(code)]["content"]["application/json"]["schema"]
        assert code == answer.status_code
        jsonschema.validate(answer.json(), {**schema, "components": document["components"]})


def test_the_document_names_every_parameter(tmp_path: Path) -> None:
    """And nothing it refers to is missing."""

    async def use(client: httpx.AsyncClient, _: Service) -> dict[str, Any]:
        document: dict[str, Any] = (await client.get("/openapi.json")).json()
        return document

    document = with_api(tmp_path, use)
    parameters = [one["name"] for one in document["paths"]["/v1/turns"]["get"]["parameters"]]
    references = {text.rpartition("/")[2] for text in _references(document)}
    operations = [path["get"]["operationId"] for path in document["paths"].values()]
    assert {"limit", "since", "tenant", "conversation", "failed"} < set(parameters)
    assert references == set(document["components"]["schemas"])
    assert len(operations) == len(set(operations))


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [found for part in value.values() for found in _references(part)]
    return [found for part in value for found in _references(part)] if isinstance(value, list) else []
