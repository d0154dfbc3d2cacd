"""What ``planoctl validate`` says of descriptions: those that a router can hardly tell apart."""

from collections.abc import Iterator

from extproc.config.snapshot import Snapshot
from extproc.embedding.encoder import Encoder
from extproc.embedding.unavailable import EmbeddingUnavailable
from extproc.routers.build import embeddable
from extproc.routers.candidate import Candidates


def warnings(snapshot: Snapshot) -> Iterator[str]:
    """One for each pair that is too alike; one alone where the embedded router cannot run."""
    asked = tuple(dict.fromkeys(embeddable(snapshot)))
    if not asked:
        return
    try:
        encoder = Encoder(snapshot.router_languages)
        for candidates in asked:
            yield from _alike(encoder, candidates)
    except EmbeddingUnavailable as error:
        yield f"the embedded router cannot run: {error}"


def _alike(encoder: Encoder, candidates: Candidates) -> Iterator[str]:
    from extproc.routers.overlap import overlaps  # brings numpy

    for pair in overlaps(encoder, candidates):
        yield (
            f"{pair.first} and {pair.second} are described alike ({pair.likeness:.2f}): "
            f"“{pair.first_phrase}” and “{pair.second_phrase}”; say what only one of them is for"
        )
