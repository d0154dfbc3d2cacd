"""URLs and hosts of a config."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.config.urls import Url, UrlError, authority, is_host, parse, split_host


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://localhost", Url("http", "localhost", 80, "")),
        ("https://api.example.com/", Url("https", "api.example.com", 443, "")),
        ("https://api.example.com/v1/", Url("https", "api.example.com", 443, "/v1")),
        ("HTTPS://API.Example.com:8443/openai/v1", Url("https", "api.example.com", 8443, "/openai/v1")),
        ("http://10.0.0.7:11434", Url("http", "10.0.0.7", 11434, "")),
        ("http://[::1]:8080/v1", Url("http", "::1", 8080, "/v1")),
        ("http://my_service:80", Url("http", "my_service", 80, "")),
    ],
)
def test_a_url_is_taken_apart(text: str, url: Url) -> None:
    """The port is the scheme's where none is written."""
    assert url == parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("localhost:8080", "must start with http:// or https://"),
        ("ftp://host", "must start with http:// or https://"),
        ("//host", "must start with http:// or https://"),
        ("http://user:secret@host", "must not hold a user name or password"),
        ("http://host?key=secret", "must not have a query or fragment"),
        ("http://host/v1#top", "must not have a query or fragment"),
        ("http://host/v1?", "must not have a query or fragment"),
        ("http://", "has no valid host and port"),
        ("http://:80", "has no valid host and port"),
        ("http://host:0", "has no valid host and port"),
        ("http://host:65536", "has no valid host and port"),
        ("http://host:", "has no valid host and port"),
        ("http://host:x", "has no valid host and port"),
        ("http://[::1", "has no valid host and port"),
        ("http://[fe80::1%25eth0]", "has no valid host and port"),
        ("http://ho*st", "has no valid host and port"),
        ("http://-host", "has no valid host and port"),
        ("http://300.1.1.1", "has no valid host and port"),
        ("http://a..b", "has no valid host and port"),
        ("http://h o/", "has characters that a URL cannot have"),
        ("http://h\n/", "has characters that a URL cannot have"),
        ("http://hóst/", "has characters that a URL cannot have"),
        ('http://host/a"b', "has characters in its path that a URL cannot have"),
        ("http://host/a/../b", "has characters in its path that a URL cannot have"),
    ],
)
def test_what_is_no_url_for_us_is_refused_without_being_shown(text: str, message: str) -> None:
    """A URL may hold a password."""
    with pytest.raises(UrlError) as caught:
        parse(text)

    assert message == str(caught.value)


@pytest.mark.parametrize(
    ("host", "port", "tls", "expected"),
    [
        ("host", 443, True, "host"),
        ("host", 80, True, "host:80"),
        ("host", 80, False, "host"),
        ("::1", 80, False, "[::1]"),
        ("::1", 8080, False, "[::1]:8080"),
    ],
)
def test_the_authority_leaves_out_the_schemes_port(host: str, port: int, tls: bool, expected: str) -> None:
    """Some providers' hosts do not match with it."""
    assert expected == authority(host, port, tls=tls)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("host", ("host", None)),
        ("host:80", ("host", 80)),
        ("[::1]:80", ("::1", 80)),
        ("1.2.3.4", ("1.2.3.4", None)),
    ],
)
def test_a_host_is_taken_apart(text: str, parts: tuple[str, int | None]) -> None:
    """With a port or without."""
    assert parts == split_host(text)


@pytest.mark.parametrize(
    "text", ["", "a b", "http://x", "x/y", "u@h", "h:0", "h:99999", "h:", "::1", "a:b:c"]
)
def test_what_is_no_host_is_refused(text: str) -> None:
    """``h:`` too: it is a port that was forgotten."""
    with pytest.raises(UrlError, match="must be a host, or host:port"):
        split_host(text)


@given(st.text())
def test_any_text_is_a_url_or_refused(text: str) -> None:
    """urlsplit raises on its own account too."""
    for read in (parse, split_host):
        try:
            read(text)
        except UrlError:
            continue


@given(st.text())
def test_any_text_is_a_host_or_not(text: str) -> None:
    """No text breaks it."""
    assert isinstance(is_host(text), bool)
