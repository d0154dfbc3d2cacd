"""What prompts and answers cost."""

import pytest

from extproc.llm.response import Usage
from extproc.prices.book import Rates
from extproc.sessions.cost import NoPrices, answer_usd, cached_rate, moving_usd, reading_usd

SONNET = Rates(3.0, 15.0, 0.3)
PLAIN = Rates(2.0, 6.0)


@pytest.mark.parametrize(
    ("rates", "discount", "expected"), [(SONNET, 0.5, 0.3), (PLAIN, 0.1, 0.2), (PLAIN, 0, 0)]
)
def test_a_published_price_of_cached_tokens_goes_before_the_discount(
    rates: Rates, discount: float, expected: float
) -> None:
    assert expected == pytest.approx(cached_rate(rates, discount))


def test_a_free_cache_is_not_an_unknown_price() -> None:
    assert 0.0 == cached_rate(Rates(3.0, 15.0, 0.0), 0.1)


@pytest.mark.parametrize(
    ("tokens", "warm", "there", "here", "expected"),
    [
        # 100k x (5.0 - 0.3)
        (100_000, 0, Rates(5.0, 15.0, 0.5), SONNET, 0.47),
        # 100k x (0.1 - 0.3)
        (100_000, 0, Rates(0.1, 0.4, 0.01), SONNET, -0.02),
        # 100k x (0.5 - 0.3)
        (100_000, 100_000, Rates(5.0, 15.0, 0.5), SONNET, 0.02),
        # 40k x 5.0 + 60k x 0.5 - 100k x 0.3
        (100_000, 60_000, Rates(5.0, 15.0, 0.5), SONNET, 0.2),
        # 50k x (2.0 - 0.3)
        (50_000, 0, PLAIN, SONNET, 0.085),
        # 50k x (3.0 - 0.2), and the same back
        (50_000, 0, SONNET, PLAIN, 0.14),
        (0, 0, PLAIN, SONNET, 0.0),
    ],
)
def test_a_move_costs_what_must_be_read_anew_less_what_is_read_no_more(
    tokens: int, warm: int, there: Rates, here: Rates, expected: float
) -> None:
    assert expected == pytest.approx(moving_usd(tokens, warm, there, here, 0.1))


@pytest.mark.parametrize(
    ("usage", "rates", "expected"),
    [
        # 1M x 3 + 0.1M x 15
        (Usage(1_000_000, 100_000), SONNET, 4.5),
        # 0.2M x 3 + 0.8M x 0.3 + 0.1M x 15
        (Usage(1_000_000, 100_000, cache_read_tokens=800_000), SONNET, 2.34),
        # What is written into the cache costs as any input: (0.1M + 0.1M) x 3 + 0.8M x 0.3
        (Usage(1_000_000, 0, cache_read_tokens=800_000, cache_creation_tokens=100_000), SONNET, 0.84),
        # 0.5M x 2 + 0.5M x 0.2 + 1M x 6
        (Usage(1_000_000, 1_000_000, cache_read_tokens=500_000), PLAIN, 7.1),
        # A provider that says it read more than there was
        (Usage(10, 0, cache_read_tokens=1_000_000), SONNET, 0.3),
    ],
)
def test_an_answer_costs_its_input_its_cached_input_and_its_output(
    usage: Usage, rates: Rates, expected: float
) -> None:
    assert expected == pytest.approx(answer_usd(usage, rates, 0.1))


def test_reading_from_the_cache_is_paid_by_the_million() -> None:
    assert 0.03 == pytest.approx(reading_usd(100_000, SONNET, 0.1))


def test_there_may_be_no_prices() -> None:
    assert NoPrices().rate("openai/gpt-4o") is None
