"""How long to wait before a dead child is started again: pure arithmetic."""

from dataclasses import dataclass

from extproc.limits import (
    RESTART_DELAY_FIRST_S,
    RESTART_DELAY_MAX_S,
    RESTART_QUICK_DEATHS_MAX,
    RESTART_STABLE_S,
)


@dataclass(slots=True)
class Backoff:
    """Doubles with each early death; a life of `RESTART_STABLE_S` makes it forget."""

    quick_deaths: int = 0
    """Deaths in a row before the child was stable."""

    def after(self, lifetime_s: float) -> float:
        """Seconds to wait, now that a child died `lifetime_s` seconds after its start."""
        if lifetime_s >= RESTART_STABLE_S:
            self.quick_deaths = 0
        self.quick_deaths += 1
        # The exponent is bounded so that a child that fails for years does not overflow a float.
        doubled: float = RESTART_DELAY_FIRST_S * 2.0 ** min(self.quick_deaths - 1, 32)
        return min(doubled, RESTART_DELAY_MAX_S)

    @property
    def begins_to_fail(self) -> bool:
        """Whether this death is the one after which somebody should be told (once a series)."""
        return self.quick_deaths == RESTART_QUICK_DEATHS_MAX
