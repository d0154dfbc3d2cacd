"""What is said of a server's URL, and what never is."""

from typing import Final
from urllib.parse import quote

import pytest
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st

from extproc.state.store import StoreUnavailable
from extproc.state.stores.address import Address, StoreRefused
from extproc.state.stores.postgres import open_postgres
from extproc.state.stores.redis import open_redis


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("redis://cache", "redis://cache"),
        ("redis://:secret@cache:6379/2?x=y", "redis://cache:6379/2"),
        ("redis://[::1]:6379", "redis://[::1]:6379"),
        ("unix:///run/valkey.sock?db=1", "unix:///run/valkey.sock"),
        ("postgresql://plano:a:b@one:5432,two:5433/state", "postgresql://one:5432,two:5433/state"),
        ("postgresql://plano@/state?host=/run/postgresql", "postgresql:///state"),
    ],
)
def test_a_server_is_named_without_what_is_nobodys_business(url: str, name: str) -> None:
    assert f"{name}: it is gone" == Address(url, {"redis", "unix", "postgresql"}).say("it is gone")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "cache:6379",
        "http://cache",
        "redis://:p@ss@cache",
        "redis://:p/ss@cache",
        "redis://:12?ss@cache",
        "redis://:12#ss@cache",
        "redis://:secret",
        "redis://cache/0#part",
        "host=db user=plano",
    ],
)
def test_what_may_be_mistaken_is_refused_and_not_repeated(url: str) -> None:
    """Where a password is not escaped, its rest would pass for a host or a port."""
    with pytest.raises(StoreRefused) as caught:
        Address(url, ["redis", "postgresql"])

    assert str(caught.value).startswith("the URL of the store does not read as redis|postgresql://user:")


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("redis://:s%2Fcret@cache", "s/cret is wrong"),
        ("redis://:s%2Fcret@cache", "s%2Fcret is wrong"),
        ("postgresql://db?password=s/cret", "s/cret is wrong"),
    ],
)
def test_a_password_in_a_problem_is_masked(url: str, problem: str) -> None:
    """However it is spelt, and wherever it was said."""
    assert Address(url, ["redis", "postgresql"]).say(problem).endswith(": *** is wrong")


WORDS: Final = st.text("XYZ@/:?#%&=,[] é", min_size=4, max_size=12).map(lambda text: f"Q{text}Q")


@settings(max_examples=40, deadline=None)
@given(password=WORDS, escaped=st.booleans(), option=st.sampled_from(["", "?password=", "?ssl_x="]))
@pytest.mark.parametrize("scheme", ["redis", "rediss", "postgresql"])
def test_no_password_is_told(scheme: str, password: str, escaped: bool, option: str) -> None:
    """Whether it was escaped as it should be, or not; at a port where nobody listens."""
    spelt = quote(password, safe="") if escaped else password
    url = f"{scheme}://plano:{spelt}@127.0.0.1:1/0{option}{spelt if option else ''}"

    async def problem() -> str:
        try:
            store = await (open_postgres(url, {}) if scheme == "postgresql" else open_redis(url, {}))
        except StoreRefused as error:
            return str(error)
        with pytest.raises(StoreUnavailable) as caught:
            await store.get("k", "", "a")
        await store.close()
        return str(caught.value)

    said = uvloop.run(problem())
    assert password not in said
    assert spelt not in said
    assert "plano:" not in said
