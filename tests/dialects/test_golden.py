"""Every golden case into every other API; `extproc.testing.golden` says how to add one."""

from pathlib import Path

import pytest

from extproc.dialects.api import Api
from extproc.dialects.registry import CLIENT_DIALECTS, UPSTREAM_DIALECTS
from extproc.testing import golden

ROOT = Path(__file__).parents[1] / "golden"


def _parameters(suffixes: tuple[str, ...], sources, targets):
    return [
        pytest.param(path, api, case, target, id=f"{api}-{case}-{target}")
        for api, case, path in golden.cases(ROOT, suffixes)
        for target in targets
        if api in sources and target is not api
    ]


@pytest.mark.parametrize(
    ("source", "api", "case", "target"), _parameters((".request.json",), CLIENT_DIALECTS, UPSTREAM_DIALECTS)
)
def test_a_request_crosses(source: Path, api: Api, case: str, target: Api) -> None:
    made = golden.request(source, api, case, target)
    golden.check(source.parent, made, f"{case}.request.*[.-]{target}.json")


@pytest.mark.parametrize(
    ("source", "api", "case", "target"), _parameters((".response.json",), UPSTREAM_DIALECTS, CLIENT_DIALECTS)
)
def test_an_answer_crosses(source: Path, api: Api, case: str, target: Api) -> None:
    made = golden.response(source, api, case, target)
    golden.check(source.parent, made, f"{case}.response.to-{target}.json")


_STREAMS = (".stream.sse", ".stream.bin")


@pytest.mark.parametrize(
    ("source", "api", "case", "target"), _parameters(_STREAMS, UPSTREAM_DIALECTS, CLIENT_DIALECTS)
)
def test_a_stream_crosses(source: Path, api: Api, case: str, target: Api) -> None:
    made = golden.stream(source, api, case, target)
    golden.check(source.parent, made, f"{case}.stream.to-{target}.sse")


@pytest.mark.parametrize("step", [1, 7, 100])
@pytest.mark.parametrize(
    ("source", "api"),
    [
        pytest.param(path, api, id=f"{api}-{case}")
        for api, case, path in golden.cases(ROOT, _STREAMS)
        if api in UPSTREAM_DIALECTS
    ],
)
def test_a_stream_is_read_alike_however_it_is_cut(source: Path, api: Api, step: int) -> None:
    data = source.read_bytes()
    whole, cut = golden.decoded(data, api), golden.decoded(data, api, step)
    assert golden.shown(whole, data) == golden.shown(cut, data)


def _errors():
    for path in sorted(ROOT.glob("*/*.error.*")):
        name, _, kind = path.name.rpartition(".")
        status = name.rpartition(".")[2]
        if kind in {"json", "txt"} and status.isdigit() and Api(path.parent.name) in UPSTREAM_DIALECTS:
            yield pytest.param(
                path, Api(path.parent.name), name, int(status), id=f"{path.parent.name}-{name}"
            )


@pytest.mark.parametrize(("source", "api", "name", "status"), [*_errors()])
def test_an_error_is_read(source: Path, api: Api, name: str, status: int) -> None:
    golden.check(source.parent, golden.error(source, api, name, status), f"{name}.read.json")
