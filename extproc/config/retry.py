"""What happens to a request whose first target fails it: a provider's ``retry_policy``, as a value."""

import hashlib
from dataclasses import dataclass, field
from typing import Final, Literal

Strategy = Literal["same_model", "same_provider", "different_provider"]

STATUS_CODES: Final = (408, 429, 500, 502, 503, 504, 529)
"""Answers that another attempt may better; 529 is Anthropic's `overloaded`."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The policy of a request's first target; it holds for every attempt at the request."""

    fallback_models: tuple[str, ...] = ()
    """Names as a client may send them, in order."""
    strategy: Strategy | None = None
    """Where the next models come from when `fallback_models` is empty; ``None``: from nowhere."""
    max_attempts: int | None = None
    """In all, the first included; ``None``: as many as there are targets."""
    status_codes: tuple[int, ...] = STATUS_CODES
    """Answers that count as failures."""
    per_try_timeout_s: float | None = None
    """Longest time to an attempt's response headers."""
    per_try_idle_timeout_s: float | None = None
    """Longest silence of an attempt, in the middle of its answer too."""
    backoff_base_s: float = 0.1
    """First wait between attempts at the same target."""
    backoff_max_s: float = 5.0
    respect_retry_after: bool = True
    """Whether a ``retry-after`` keeps its target out of use for that long."""
    id: str = field(init=False, compare=False)
    """Tells policies apart by what Envoy does for them: equal ones share a route."""

    def __post_init__(self) -> None:
        envoys = (
            self.stays,
            self.status_codes,
            self.per_try_timeout_s,
            self.per_try_idle_timeout_s,
            self.backoff_base_s,
            self.backoff_max_s,
            self.respect_retry_after,
        )
        object.__setattr__(self, "id", hashlib.sha256(repr(envoys).encode()).hexdigest()[:8])

    @property
    def limits_attempts(self) -> bool:
        """Whether a request needs this policy even where it has one attempt only."""
        return self.per_try_timeout_s is not None or self.per_try_idle_timeout_s is not None

    @property
    def stays(self) -> bool:
        """Whether every attempt is at the first target."""
        return self.strategy == "same_model" and not self.fallback_models
