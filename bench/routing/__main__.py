"""``python -m bench.routing``: ask, measure, print the tables, write `docs/routing-benchmark.md`."""

import argparse
import asyncio
from pathlib import Path
from typing import Final

from bench import page
from bench.routing import accuracy, tables, timing
from bench.routing.dataset import OWN, Dataset, read
from extproc.embedding.encoder import Encoder
from extproc.embedding.unavailable import Language
from extproc.routers.embedded import EmbeddedRouter

PAGE: Final = Path(__file__).parents[2] / "docs" / "routing-benchmark.md"
EXAMPLES: Final = (0, 5, 15)


def main() -> None:
    """Run with the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.routing", description=__doc__)
    parser.add_argument(
        "--data", type=Path, help="a folder with an agents.yaml and a .jsonl (the project's own)"
    )
    parser.add_argument("--title", help="with --data: write a part of the page under this title, too")
    parser.add_argument("--language", choices=("english", "multilingual"), default="english")
    parser.add_argument("--quick", action="store_true", help="a tenth of it: does it work at all?")
    parser.add_argument("--output", type=Path, help=f"the page to write (docs/{PAGE.name})")
    options = parser.parse_args()
    parts = asyncio.run(_measure(options))
    for name, text in parts.items():
        print(text, end="\n\n")
        if options.language == "english" and (options.data is None or options.title):
            page.put(options.output or PAGE, name, text)


async def _measure(options: argparse.Namespace) -> dict[str, str]:
    """Parts of the page, by name."""
    encoder = Encoder(options.language)
    router = EmbeddedRouter(encoder, deadline_s=60)
    try:
        if options.data:
            title = options.title or "The questions of --data"
            return {"routing-data": tables.accuracy(title, await _ask(router, read(options.data), options))}
        data = read(OWN)
        own = tables.accuracy("The own set", await _ask(router, data, options))
        speed = await _speed(router, data, options.language, options.quick)
        if options.language == "multilingual":
            foreign = await _ask(router, read(OWN, "multilingual.jsonl"), options)
            own += "\n\n" + tables.accuracy("Spanish, German, French, Chinese", foreign)
        return {"routing": f"{tables.INTRODUCTION}\n\n{own}", "routing-speed": speed}
    finally:
        encoder.close()


async def _ask(router: EmbeddedRouter, data: Dataset, options: argparse.Namespace) -> list[accuracy.Result]:
    if options.quick:
        data = data._replace(questions=data.questions[::10])
    return [await accuracy.result(router, data, count) for count in EXAMPLES]


async def _speed(router: EmbeddedRouter, data: Dataset, language: Language, quick: bool) -> str:
    found = await timing.times(router, data, language, 1 if quick else 12)
    return tables.speed(found, timing.footprint(language))


if __name__ == "__main__":
    main()
