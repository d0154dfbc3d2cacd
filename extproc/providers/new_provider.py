"""``make new-provider NAME=acme [HOST=api.acme.com]``: begins a provider that speaks OpenAI's Chat API.

Adds its row to `extproc/providers/table.py`, a golden folder with a sample, a test of the row, and its line
in `docs/translation.md`. What is left to do is printed. Works on a source tree, and changes nothing when
it refuses.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from extproc.providers.table import profile

ROOT: Final = Path(__file__).parents[2]

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_NAME_CHARS_MAX: Final = 40
_HOST: Final = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")

_TABLE: Final = Path("extproc/providers/table.py")
_ROWS_END: Final = "\n)\n\nPROFILES: Final"
_GOLDEN: Final = Path("tests/golden/providers")
_SAMPLE: Final = "ollama"
"""The provider whose golden sources are the sample: it has no quirks of its own."""


class RefusedError(ValueError):
    """The provider cannot be added; the text says why."""


def check(name: str, host: str | None, root: Path) -> None:
    """Raises `RefusedError` for a name or a host that will not do."""
    if not _NAME.fullmatch(name) or len(name) > _NAME_CHARS_MAX:
        raise RefusedError(
            f"{name!r} is no provider id: lower-case letters, digits and single underscores, a letter first,"
            f" at most {_NAME_CHARS_MAX} characters."
        )
    known = profile(name)
    if known is not None:
        also = "" if known.id == name else f", as another spelling of {known.id}"
        raise RefusedError(f"{name} is in the table already{also}.")
    if host is not None and not _HOST.fullmatch(host):
        raise RefusedError(f"{host!r} is no host name: write it without a scheme, a port or a path.")
    for path in (_test(name), _GOLDEN / name):
        if (root / path).exists():
            raise RefusedError(f"{path} exists already.")


def files(name: str, host: str | None, root: Path) -> Mapping[Path, str]:
    """Every file that is written by hand otherwise, by its path below `root`."""
    samples = sorted((root / _GOLDEN / _SAMPLE).iterdir())
    sources = [path for path in samples if ".to-" not in path.name]
    return {
        _TABLE: _with_row((root / _TABLE).read_text(encoding="utf-8"), name, host),
        _test(name): _test_text(name, host),
        **{_GOLDEN / name / path.name: path.read_text(encoding="utf-8") for path in sources},
    }


def _test(name: str) -> Path:
    return Path(f"tests/providers/test_{name}.py")


def _with_row(table: str, name: str, host: str | None) -> str:
    before, end, after = table.partition(_ROWS_END)
    if not end:
        raise RefusedError(f"{_TABLE} does not end its rows as it used to.")
    said = f'"{name}", host="{host}"' if host else f'"{name}"'
    return f"{before}\n    _row({said}),{end}{after}"


def _test_text(name: str, host: str | None) -> str:
    expected = f'"{host}"' if host else "None"
    return f'''"""The row of {name}; what it is sent and answers stands in tests/golden/providers/{name}."""

from extproc.dialects.api import Api
from extproc.providers.table import PROFILES, profile


def test_the_row_is_found_and_says_where_it_is() -> None:
    row = PROFILES["{name}"]

    assert row is profile("{name}")
    assert ({expected}, "/v1") == (row.host, row.path_prefix)
    assert Api.CHAT in row.apis
'''


def write(name: str, host: str | None, root: Path = ROOT) -> tuple[Path, ...]:
    """Write everything; returns the paths below `root`. Raises `RefusedError` and then writes nothing."""
    check(name, host, root)
    made = files(name, host, root)
    for path, text in made.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    # In processes of their own, since this one has the table as it was.
    _run(root, "extproc.testing.provider_golden", name)
    _run(root, "docgen.translation")
    return tuple(made)


def _run(root: Path, module: str, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", module, *arguments], check=True, cwd=root, stdout=subprocess.DEVNULL
    )


def main() -> None:
    """For the Makefile."""
    parser = argparse.ArgumentParser(prog="make new-provider", description=__doc__)
    parser.add_argument("name")
    parser.add_argument("host", nargs="?", help="where it is, if that is the same for everybody")
    options = parser.parse_args()
    try:
        written = write(options.name, options.host or None)
    except RefusedError as refused:
        sys.exit(f"new-provider: {refused}")
    print("\n".join(map(str, written)))
    print(f"""
Next:
  1. Correct the row in {_TABLE}: its host, what stands for /v1, its key, the APIs it speaks.
  2. Say in extproc/providers/quirks.py what it refuses.
  3. Put real answers into {_GOLDEN / options.name}, then look at what becomes of them:
     PLANO_UPDATE_GOLDEN=1 .venv/bin/pytest tests/providers && git diff
  4. make docs-translation test""")


if __name__ == "__main__":
    main()
