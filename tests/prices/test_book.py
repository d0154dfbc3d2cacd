"""What is known of a model, by whatever name, and which of several comes first."""

import pytest

from extproc.prices.book import Book, PriceList, Rates
from extproc.testing.builders import a_provider, a_snapshot

GPT = a_provider("openai/gpt-4o")
MINE = a_provider("openai/gpt-4o-mini", name="cheap one")


def a_book(**prices: Rates) -> Book:
    """A list with one price a name."""
    book = Book()
    book.put_prices(0, PriceList(prices))
    return book


def test_the_shipped_prices_hold_where_no_source_says_otherwise() -> None:
    """Better than no order at all, where a config has no price list."""
    book = Book.of(a_snapshot(GPT, a_provider("azure_openai/gpt-4o", base_path="/x")))

    assert Rates(2.5, 10.0, 1.25) == book.rate("openai/gpt-4o") == book.rate("azure_openai/gpt-4o")


def test_a_source_is_believed_before_the_shipped_prices() -> None:
    """By the bare id too."""
    book = Book.of(a_snapshot(GPT, MINE))
    book.put_prices(0, PriceList({}, {"gpt-4o": Rates(1.0, 1.0)}))

    assert Rates(1.0, 1.0) == book.rate("openai/gpt-4o")
    assert Rates(0.15, 0.6, 0.075) == book.rate("openai/gpt-4o-mini")


def test_a_provider_of_the_users_own_has_no_shipped_prices() -> None:
    """It only speaks like the one that it names."""
    book = Book.of(a_snapshot(a_provider("mine/gpt-4o", interface="vercel")))

    assert book.rate("mine/gpt-4o") is None
    assert book.rate("gpt-4o") is None


@pytest.mark.parametrize("asked", ["openai/gpt-4o-mini", "cheap one", "gpt-4o-mini", "small", "tiny"])
@pytest.mark.parametrize("listed", ["openai/gpt-4o-mini", "cheap one"])
def test_a_model_is_found_by_any_name_of_its_entry(asked: str, listed: str) -> None:
    """Aliases of whatever name too."""
    aliases = {"small": "openai/gpt-4o-mini", "tiny": "gpt-4o-mini"}
    book = Book.of(a_snapshot(GPT, MINE, aliases=aliases))
    book.put_prices(0, PriceList({listed: Rates(7.0, 7.0)}))
    book.put_latencies(1, {listed: 0.5})

    assert (Rates(7.0, 7.0), 0.5) == (book.rate(asked), book.latency(asked))


def test_the_full_name_counts_before_the_bare_id() -> None:
    """The same model costs differently elsewhere; an id may itself hold a slash."""
    book = Book()
    book.put_prices(
        0,
        PriceList(
            {"openai/gpt-4o": Rates(1.0, 1.0)},
            {"gpt-4o": Rates(2.0, 2.0), "openai/gpt-4o": Rates(3.0, 3.0)},
        ),
    )

    found = [book.rate(name) for name in ("openai/gpt-4o", "azure/gpt-4o", "openrouter/openai/gpt-4o")]

    assert [Rates(1.0, 1.0), Rates(2.0, 2.0), Rates(3.0, 3.0)] == found


def test_a_new_reading_takes_the_place_of_the_one_before() -> None:
    """A model that the list no longer has is no longer known."""
    book = a_book(a=Rates(1.0, 1.0))
    book.put_prices(0, PriceList({"b": Rates(2.0, 2.0)}))

    assert (None, Rates(2.0, 2.0)) == (book.rate("a"), book.rate("b"))


def test_the_cheapest_has_the_least_sum_of_both_prices() -> None:
    """Equal ones keep their order, unknown ones come last in theirs."""
    book = a_book(dear=Rates(5.0, 15.0), cheap=Rates(1.0, 2.0), alike=Rates(2.0, 1.0), free=Rates(0.0, 0.0))

    ranked = book.rank(("new", "dear", "newer", "cheap", "alike", "free"), "cheapest")

    assert ("free", "cheap", "alike", "dear", "new", "newer") == ranked


def test_the_fastest_has_the_least_latency() -> None:
    """A label may be a full name or a bare id; zero is a latency."""
    book = Book()
    book.put_latencies(0, {"slow": 2.0, "openai/quick": 0.1, "instant": 0.0})

    ranked = book.rank(("x/slow", "x/new", "openai/quick", "x/instant"), "fastest")

    assert ("x/instant", "openai/quick", "x/slow", "x/new") == ranked
    assert ("x/new",) == book.unknown(("x/slow", "x/new"), "fastest")


def test_without_a_policy_the_order_is_the_configs() -> None:
    book = a_book(b=Rates(0.0, 0.0))

    assert ("a", "b") == book.rank(["a", "b"], "none")
    assert () == book.unknown(["a"], "none")
