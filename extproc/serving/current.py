"""The rules in force. An exchange keeps those it began with to its end, however often they are replaced."""

from collections import Counter
from dataclasses import replace

from extproc.exchange import pipeline
from extproc.exchange.outcome import Outcome
from extproc.exchange.rules import Rules, health
from extproc.exchange.stream import Receive, Send
from extproc.limits import EARLIER_RULES_MAX
from extproc.serving.service import message_bytes_max


class Current:
    """Whoever serves exchanges runs them here. Touched by the loop's thread alone."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.message_bytes_max = message_bytes_max(rules)
        """Longest message of an exchange that begins now."""
        self._running: Counter[int] = Counter()
        """Exchanges in progress by generation."""

    async def run(self, receive: Receive, send: Send) -> Outcome:
        """One exchange; see `pipeline.run`."""
        rules = self.rules
        generation = rules.snapshot.generation
        self._running[generation] += 1
        try:
            return await pipeline.run(receive, send, rules)
        finally:
            self._running[generation] -= 1
            if not self._running[generation]:
                del self._running[generation]

    def replace(self, rules: Rules) -> None:
        """Go by `rules` from the next exchange on.

        What began by the earlier ones may come back to us: by a connection to a listener that is gone, until
        Envoy has told its client; or as a further attempt.
        """
        earlier = (replace(self.rules, earlier=()), *self.rules.earlier)[:EARLIER_RULES_MAX]
        self.rules = replace(rules, earlier=earlier)
        self.message_bytes_max = max(map(message_bytes_max, (rules, *earlier)))

    def reject(self, error: str | None) -> None:
        """Let ``/healthz`` say why another config was rejected; ``None``: there is no such any more."""
        self.rules = replace(self.rules, health=health(self.rules.snapshot.generation, error))

    @property
    def older(self) -> int:
        """Exchanges in progress that go by another generation than that in force."""
        return self._running.total() - self._running[self.rules.snapshot.generation]
