"""Sources are read when they are due, and a failure changes nothing."""

import asyncio
import json
import logging
from collections.abc import Mapping
from pathlib import Path

import pytest

from extproc.config.snapshot import CostSource, LatencySource, Preference
from extproc.prices.book import Book, PriceList, Rates
from extproc.prices.formats import UnreadableSource
from extproc.prices.refresh import Sleep, kept_fresh

URL = "https://user:secret@prices.test/api.json?key=hidden"


def a_list(price: float) -> bytes:
    return json.dumps(
        {"openai": {"models": {"gpt-4o": {"cost": {"input": price, "output": price}}}}}
    ).encode()


def a_cost_source(location: str = URL, refresh_s: float | None = 60) -> CostSource:
    return CostSource("models.dev", location, refresh_s, {})


class WatchedBook(Book):
    """Tells when it was written into."""

    def __init__(self) -> None:
        super().__init__()
        self.written = asyncio.Event()

    def put_prices(self, source: int, prices: PriceList) -> None:
        super().put_prices(source, prices)
        self.written.set()


class Script:
    """Gives one answer after the other; time passes when the test says so."""

    def __init__(self, *answers: bytes | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.waits: asyncio.Queue[float] = asyncio.Queue()
        self._due = asyncio.Event()

    async def fetch(self, location: str, parameters: Mapping[str, str]) -> bytes:
        self.asked.append((location, parameters))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def sleep(self, seconds: float) -> None:
        self.waits.put_nowait(seconds)
        await self._due.wait()
        self._due.clear()

    async def waited(self) -> float:
        """How long the source now waits; the wait is over then."""
        seconds = await asyncio.wait_for(self.waits.get(), 5)
        self._due.set()
        return seconds


async def test_a_source_is_read_again_after_its_interval() -> None:
    book, script = Book(), Script(a_list(1), a_list(2))

    async with kept_fresh(book, [a_cost_source()], fetch=script.fetch, sleep=script.sleep):
        assert 60 == await script.waited()
        assert Rates(1.0, 1.0) == book.rate("openai/gpt-4o")
        assert 60 == await script.waited()
        assert Rates(2.0, 2.0) == book.rate("openai/gpt-4o")


@pytest.mark.parametrize("broken", [UnreadableSource("its answer is a 500"), b"{}", ValueError("a bug")])
async def test_a_failure_keeps_what_was_read_and_is_tried_again_soon(
    broken: bytes | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """Each failure doubles the wait, up to the source's own interval; the log has no secret in it."""
    book, script = Book(), Script(a_list(1), broken, broken, broken, broken, a_list(2))

    async with kept_fresh(book, [a_cost_source(refresh_s=30)], fetch=script.fetch, sleep=script.sleep):
        waits = [await script.waited() for _ in range(5)]
        assert Rates(1.0, 1.0) == book.rate("openai/gpt-4o")
        waits.append(await script.waited())
        assert Rates(2.0, 2.0) == book.rate("openai/gpt-4o")

    assert [30, 5, 10, 20, 30, 30] == waits
    logged = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert 4 == len(logged)
    assert all(line.startswith("https://prices.test/api.json cannot be read") for line in logged)


async def test_the_task_of_a_source_has_no_secret_in_its_name() -> None:
    """Names of tasks are printed where one fails."""
    script = Script(a_list(1))

    async with kept_fresh(Book(), [a_cost_source()], fetch=script.fetch, sleep=script.sleep):
        await script.waits.get()
        names = [task.get_name() for task in asyncio.all_tasks()]

    assert "metrics source https://prices.test/api.json" in names


async def test_a_source_without_an_interval_is_read_until_it_could_be_read_once() -> None:
    book, script = WatchedBook(), Script(UnreadableSource("no"), a_list(3))

    async with kept_fresh(book, [a_cost_source(refresh_s=None)], fetch=script.fetch, sleep=script.sleep):
        assert 5 == await script.waited()
        await book.written.wait()

    assert Rates(3.0, 3.0) == book.rate("openai/gpt-4o")
    assert 2 == len(script.asked)
    assert script.waits.empty()


async def test_a_file_is_read_before_anything_is_served(tmp_path: Path) -> None:
    file = tmp_path / "prices.json"
    file.write_bytes(a_list(4))
    book = Book()

    async with kept_fresh(book, [a_cost_source(str(file), None)]):
        assert Rates(4.0, 4.0) == book.rate("openai/gpt-4o")


async def test_a_file_that_is_not_there_holds_up_nothing(tmp_path: Path) -> None:
    """It may come; until then the worker serves without it."""
    file, book, script = tmp_path / "prices.json", WatchedBook(), Script()

    async with kept_fresh(book, [a_cost_source(str(file), None)], sleep=script.sleep):
        assert book.rate("openai/gpt-4o") is None
        file.write_bytes(a_list(5))
        assert [5, 5] == [await script.waited(), 5]
        await book.written.wait()

    assert Rates(5.0, 5.0) == book.rate("openai/gpt-4o")


@pytest.mark.parametrize("url", ["http://prometheus.test:9090", "http://prometheus.test:9090/api/v1/query"])
async def test_prometheus_is_asked_the_query(url: str) -> None:
    """At its API's path, whether or not the config has that."""
    answer = b'{"status":"success","data":{"result":[{"metric":{"model_name":"m"},"value":[0,"1.5"]}]}}'
    book, script = Book(), Script(answer)
    source = LatencySource(url, "avg(x)", 15)

    async with kept_fresh(book, [source], fetch=script.fetch, sleep=script.sleep):
        assert 15 == await script.waited()

    assert [("http://prometheus.test:9090/api/v1/query", {"query": "avg(x)"})] == script.asked[:1]
    assert 1.5 == book.latency("m")


async def test_models_of_preferences_that_no_source_knows_are_named_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Their order is then by chance of the config, and nobody would see it."""
    preference = Preference("code", "writing code", ("openai/gpt-4o", "mine/new"), "cheapest")
    script = Script(a_list(1), a_list(1))

    async with kept_fresh(Book(), [a_cost_source()], [preference], fetch=script.fetch, sleep=script.sleep):
        await script.waited()
        await script.waited()

    assert ["code: nothing known of mine/new, it comes last"] == [
        record.getMessage() for record in caplog.records if record.levelno == logging.WARNING
    ]


async def _forever(_: float) -> None:
    await asyncio.Event().wait()


async def test_nothing_goes_on_after_the_end() -> None:
    """A worker that drains leaves no task behind."""
    sleep: Sleep = _forever
    before = asyncio.all_tasks()

    async with kept_fresh(Book(), [a_cost_source()], fetch=Script(a_list(1)).fetch, sleep=sleep):
        assert before != asyncio.all_tasks()

    assert before == asyncio.all_tasks()
