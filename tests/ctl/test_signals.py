"""``planoctl signals``."""

import json
import subprocess
import sys

LINE = json.dumps(
    {"id": "a", "messages": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "Hello!"}]}
)


def replay(given: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "extproc.ctl.main", "signals", "replay", *arguments]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=60)


def test_a_line_in_is_a_line_out() -> None:
    done = replay(f"{LINE}\n{LINE}\n")

    assert (0, "") == (done.returncode, done.stderr)
    assert [("a", "neutral")] * 2 == [
        (row["id"], row["report"]["overall_quality"]) for row in map(json.loads, done.stdout.splitlines())
    ]


def test_planos_formula_can_be_asked_for() -> None:
    thanks = LINE.replace('"Hello!"', '"Done."').replace('"hi"', '"thanks"')

    own, plano = (json.loads(replay(thanks, *given).stdout) for given in ((), ("--compat", "plano")))

    assert 62.0 == plano["report"]["score"] != own["report"]["score"]


def test_a_bad_line_is_an_error_that_names_it() -> None:
    done = replay(f"{LINE}\nnonsense\n")

    assert 1 == done.returncode
    assert "error: line 2: no JSON" in done.stderr


def test_another_formula_is_refused() -> None:
    assert "the one there is: plano" in replay("", "--compat", "else").stderr
