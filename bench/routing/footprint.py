"""``python -m bench.routing.footprint LANGUAGE``: time and memory of an encoder, as JSON for `timing`."""

import asyncio
import json
import sys
import time
from pathlib import Path

from bench.routing.dataset import OWN, read
from extproc.embedding.encoder import Encoder
from extproc.embedding.unavailable import Language
from extproc.routers.candidate import Turn
from extproc.routers.embedded import EmbeddedRouter


async def main(language: Language) -> None:
    """Measure and print."""
    data = read(OWN)
    before, begin = _resident_mb(), time.perf_counter()
    encoder = Encoder(language)
    encoder.start()
    started, loaded = time.perf_counter(), _resident_mb()
    router = EmbeddedRouter(encoder)
    candidates = data.candidates(5)
    await router.warm(candidates)
    warm = time.perf_counter()
    for question in data.questions[:100]:
        await router.choose((Turn("user", question.text),), candidates)
    found = {
        "start_s": started - begin,
        "start_mb": loaded - before,
        "warm_s": warm - started,
        "process_mb": _resident_mb(),
    }
    encoder.close()
    print(json.dumps(found))


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


if __name__ == "__main__":
    asyncio.run(main("multilingual" if sys.argv[1:] == ["multilingual"] else "english"))
