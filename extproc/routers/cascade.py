"""The embedded router first; a router model only where it is unsure: most requests cost 2 ms and no money."""

import time

import msgspec

from extproc.limits import CASCADE_CANDIDATES_MAX
from extproc.routers.candidate import Candidates, Choice, Conversation, Router, Stage


class Cascade:
    """Implements `Router`."""

    def __init__(self, embedded: Router, model: Router) -> None:
        self._embedded = embedded
        self._model = model

    async def choose(self, conversation: Conversation, candidates: Candidates) -> Choice:
        """See `Router`. What the model says holds; that none fits, too, unless it is a follow-up.

        Where it failed, the first guess holds.
        """
        started = time.perf_counter()
        guess = await self._embedded.choose(conversation, candidates)
        if guess.sure:
            return guess
        said = await self._model.choose(conversation, shortlist(guess, candidates))
        ms = (time.perf_counter() - started) * 1e3
        if said.stage is Stage.MODEL and (said.names or not guess.follows):
            return msgspec.structs.replace(said, scores=guess.scores, ms=ms)
        return msgspec.structs.replace(guess, reason=f"{guess.reason} {said.reason}", ms=ms)


def shortlist(guess: Choice, candidates: Candidates) -> Candidates:
    """Those a router model is asked about: what was guessed and what scored best, in the config's order.

    A guess may have a low score: that of a follow-up is made by what the conversation was about before.
    """
    best_first = dict.fromkeys((*guess.names, *(score.name for score in guess.scores)))
    if not guess.scores or len(candidates) <= CASCADE_CANDIDATES_MAX:
        return candidates
    shown = list(best_first)[:CASCADE_CANDIDATES_MAX]
    return tuple(candidate for candidate in candidates if candidate.name in shown)
