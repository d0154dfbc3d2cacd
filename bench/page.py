"""`docs/benchmarks.md`: a page of parts, each of which is written by a benchmark of its own.

A part stands between two comments that name it, so that one benchmark leaves alone what another wrote.
"""

import re
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parent.parent / "docs" / "benchmarks.md"

ORDER: Final = ("gateway", "translation", "fallback", "routing", "routing-data", "routing-speed")
"""The parts, as they follow each other; those of routing are on a page of their own."""


def put(page: Path, part: str, text: str) -> None:
    """Write `text` as the `part` of the page, which is made if it is not there."""
    parts = _parts(page.read_text(encoding="utf-8") if page.exists() else "")
    parts[part] = text.strip("\n")
    written = [f"{_begin(name)}\n\n{parts[name]}\n\n{_end(name)}\n" for name in ORDER if name in parts]
    page.write_text("\n".join(written), encoding="utf-8")


def _parts(text: str) -> dict[str, str]:
    """By name; a page without comments is the gateway's, from before there were others."""
    found = {name: re.search(f"{_begin(name)}(.*?){_end(name)}", text, re.DOTALL) for name in ORDER}
    parts = {name: match[1].strip("\n") for name, match in found.items() if match}
    return parts if parts or not text.strip() else {"gateway": text.strip("\n")}


def _begin(name: str) -> str:
    return f"<!-- begin: {name} -->"


def _end(name: str) -> str:
    return f"<!-- end: {name} -->"


def put_within(page: Path, part: str, text: str) -> None:
    """Write `text` between the two comments that name `part`, on a page whose rest is written by people.

    Raises `ValueError` where the page has no such place.
    """
    written = page.read_text(encoding="utf-8")
    pattern = re.compile(f"({re.escape(_begin(part))}).*?({re.escape(_end(part))})", re.DOTALL)
    if not pattern.search(written):
        raise ValueError(f"{page} has no place for {part}")
    page.write_text(pattern.sub(lambda m: f"{m[1]}\n\n{text.strip()}\n\n{m[2]}", written), encoding="utf-8")
