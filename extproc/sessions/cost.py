"""What prompts and answers cost, in USD."""

from typing import Final, Protocol

from extproc.llm.response import Usage
from extproc.prices.book import Rates

_MILLION: Final = 1e6

CACHE_READ_DISCOUNT: Final = 0.1
"""`RoutingBudget.cache_read_discount`, where no budget is in force."""


class Prices(Protocol):
    """Who knows what models cost."""

    def rate(self, model: str) -> Rates | None:
        """Prices of the model of this name; ``None``: unknown."""


class NoPrices:
    """Knows none."""

    def rate(self, _model: str) -> Rates | None:
        """See `Prices`."""
        return None


def cached_rate(rates: Rates, discount: float) -> float:
    """Price of a million tokens read from the cache; where none is published, `discount` of the input's."""
    return rates.input * discount if rates.cache_read is None else rates.cache_read


def reading_usd(tokens: int, rates: Rates, discount: float) -> float:
    """What it costs to read a prompt that is wholly in the cache."""
    return tokens * cached_rate(rates, discount) / _MILLION


def moving_usd(tokens: int, warm_tokens: int, there: Rates, here: Rates, discount: float) -> float:
    """How much more a prompt costs `there`, where only `warm_tokens` of it are cached, than `here`.

    Below zero: it is cheaper there, although it must be read anew.
    """
    fresh = (tokens - warm_tokens) * there.input / _MILLION
    return fresh + reading_usd(warm_tokens, there, discount) - reading_usd(tokens, here, discount)


def answer_usd(usage: Usage, rates: Rates, discount: float) -> float:
    """What a request and its answer have cost; tokens written into the cache count as any other input."""
    uncached = max(0, usage.input_tokens - usage.cache_read_tokens)
    prompt = uncached * rates.input / _MILLION + reading_usd(usage.cache_read_tokens, rates, discount)
    return prompt + usage.output_tokens * rates.output / _MILLION
