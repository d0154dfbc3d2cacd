"""A start that will not come to serve is told as soon as it is plain."""

from pathlib import Path

import pytest

from extproc.ctl.gateway.waiting import NotServing, raise_if_refused
from extproc.ctl.home import Home

REFUSAL = (
    "[2026-11-25 18:27:45.225][7][warning][config] [source/x.cc:81] Filesystem config update rejected: "
    "Error adding/updating listener(s) llm: cannot bind '127.0.0.1:1': Permission denied\n"
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.logs.mkdir(parents=True)
    return home


def test_an_envoy_that_runs_and_refuses_its_listeners_is_not_waited_for(home: Home) -> None:
    (home.logs / "envoy.log").write_text(REFUSAL)

    with pytest.raises(NotServing, match="Envoy refuses its configuration") as caught:
        raise_if_refused(home)

    assert "cannot bind '127.0.0.1:1'" in caught.value.lines[0]


@pytest.mark.parametrize("log", [None, "", "[2026-11-25 18:27:45.225][7][warning][x] [source/x.cc:1] slow\n"])
def test_any_other_is(home: Home, log: str | None) -> None:
    if log is not None:
        (home.logs / "envoy.log").write_text(log)

    raise_if_refused(home)
