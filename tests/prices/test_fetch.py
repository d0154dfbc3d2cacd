"""Sources over real HTTP and from files, within their bounds."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from extproc.limits import METRICS_BYTES_MAX
from extproc.prices.fetch import fetch, shown
from extproc.prices.formats import UnreadableSource


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self._answer(302, b"", {"location": "/list?a=b"})
        elif self.path.startswith("/list"):
            self._answer(200, self.path.encode(), {})
        elif self.path == "/endless":
            self._endless()
        else:
            self._answer(503, b"later", {})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(METRICS_BYTES_MAX // 2**20 + 2):
                self.wfile.write(b" " * 2**20)
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()
        thread.join()


async def test_an_address_is_read_with_its_parameters(server: str) -> None:
    assert b"/list?query=avg%28x%29" == await fetch(f"{server}/list", {"query": "avg(x)"})
    assert b"/list?own=1" == await fetch(f"{server}/list?own=1", {})


async def test_a_source_may_have_moved(server: str) -> None:
    assert b"/list?a=b" == await fetch(f"{server}/moved", {})


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/none", "its answer is a 503"), ("/endless", f"it is longer than {METRICS_BYTES_MAX} bytes")],
)
async def test_what_is_no_answer_says_why(server: str, path: str, reason: str) -> None:
    with pytest.raises(UnreadableSource) as refused:
        await fetch(f"{server}{path}", {})

    assert reason == str(refused.value)


@pytest.mark.parametrize("location", ["http://127.0.0.1:1/", "http://no host/", "/nowhere/prices.json"])
async def test_what_cannot_be_reached_is_refused_in_one_way(location: str) -> None:
    with pytest.raises(UnreadableSource):
        await fetch(location, {})


async def test_a_file_has_the_same_bound(tmp_path: Path) -> None:
    file = tmp_path / "prices.json"
    with file.open("wb") as sparse:
        sparse.truncate(METRICS_BYTES_MAX + 1)

    with pytest.raises(UnreadableSource, match="longer than"):
        await fetch(str(file), {})


def test_the_log_shows_no_credentials() -> None:
    assert "https://prices.test/list" == shown("https://me:secret@prices.test/list?token=x")
    assert "/etc/prices.json" == shown("/etc/prices.json")
