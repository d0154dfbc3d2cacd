"""`plano-extproc` refuses what it cannot serve, before it starts a worker."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("plano-extproc")
CONFIG = """\
version: v0.4.0
listeners: [{name: models, type: model, port: 12000, address: 127.0.0.1}]
model_providers: [{model: openai/gpt-4o, access_key: $OPENAI_API_KEY}]
"""


def run(*arguments: object) -> tuple[int, str]:
    done = subprocess.run(
        [PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=30, check=False
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("config", "arguments", "code", "said"),
    [
        (CONFIG.replace("model:", "modle:"), (), 1, "modle"),
        (CONFIG, ("--workers", "0"), 2, "must be 1 to"),
        (CONFIG, ("--workers", "many"), 2, "invalid"),
        (CONFIG, ("--transport", "carrier-pigeon"), 2, "invalid"),
        (CONFIG, ("--socket-dir", "/tmp/" + "x" * 120), 1, "a socket path may have 107 bytes"),
    ],
    ids=["config", "no workers", "no number", "no transport", "long path"],
)
def test_a_start_that_cannot_work_is_refused_in_one_line(
    tmp_path: Path, config: str, arguments: tuple[str, ...], code: int, said: str
) -> None:
    """Not five restarts of a worker that says it each time."""
    path = tmp_path / "config.yaml"
    path.write_text(config)
    sockets = () if "--socket-dir" in arguments else ("--socket-dir", tmp_path)

    returned, stderr = run("--config", path, *sockets, *arguments)

    assert code == returned
    assert said in stderr
    assert "Traceback" not in stderr
