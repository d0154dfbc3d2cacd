"""Where the demos' files are: beside the package in a checkout, inside it when it is installed."""

from pathlib import Path

import extproc

_PACKAGE = Path(extproc.__file__).parent


def folder(demo: str) -> Path:
    """The folder of the demo called `demo`; raises `FileNotFoundError`."""
    for root in (_PACKAGE / "_demos", _PACKAGE.parent / "demos"):
        if (root / demo).is_dir():
            return root / demo
    raise FileNotFoundError(f"no folder demos/{demo}")
