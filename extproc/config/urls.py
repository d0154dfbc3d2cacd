"""URLs and addresses of a config, taken apart. Messages never hold the URL, which may carry a password."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_UNPRINTABLE: Final = re.compile(r"[^!-~]")
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9._~%!$&'()*+,;=:@-]*)*")
_HOST_NAME: Final = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*\.?")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class UrlError(ValueError):
    """Text that is not the URL or address that is wanted here; the message continues its key path."""


@dataclass(frozen=True, slots=True)
class Url:
    """An absolute http(s) URL; `port` is the scheme's where none was written."""

    scheme: str
    host: str
    """DNS name, or IP address without brackets."""
    port: int
    path: str
    """Without a trailing slash; empty where the URL has none."""

    @property
    def tls(self) -> bool:
        """Whether the scheme is https."""
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        """The Host header: the host, bracketed if IPv6, and the port unless it is the scheme's."""
        return authority(self.host, self.port, tls=self.tls)


def authority(host: str, port: int, *, tls: bool) -> str:
    """Host header for a host and port (RFC 9110 §7.2)."""
    name = f"[{host}]" if ":" in host else host
    return name if port == _DEFAULT_PORTS["https" if tls else "http"] else f"{name}:{port}"


def parse(text: str) -> Url:
    """An http(s) URL without credentials, query and fragment. Raises `UrlError`."""
    if _UNPRINTABLE.search(text):
        raise UrlError("has characters that a URL cannot have")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise UrlError("has no valid host and port") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise UrlError("must start with http:// or https://")
    if "@" in parts.netloc:
        raise UrlError("must not hold a user name or password")
    if "?" in text or "#" in text:
        raise UrlError("must not have a query or fragment")
    if not host or port == 0 or parts.netloc.endswith(":") or not is_host(host):
        raise UrlError("has no valid host and port")
    if not _PATH.fullmatch(parts.path) or "/../" in f"{parts.path}/":
        raise UrlError("has characters in its path that a URL cannot have")
    return Url(parts.scheme, host, port or _DEFAULT_PORTS[parts.scheme], parts.path.rstrip("/"))


def is_host(text: str) -> bool:
    """Whether `text` is a DNS name or an IP address (IPv6 without brackets)."""
    if is_ip(text):
        return True
    return len(text) <= 253 and bool(_HOST_NAME.fullmatch(text)) and not re.fullmatch(r"[\d.]+", text)


def is_ip(text: str) -> bool:
    """Whether `text` is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text  # no IPv6 zones: they name an interface of one machine


def split_host(text: str) -> tuple[str, int | None]:
    """``host``, ``host:port``, ``[ipv6]:port`` taken apart. Raises `UrlError`."""
    if _UNPRINTABLE.search(text):
        raise UrlError("must be a host, or host:port")
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise UrlError("must be a host, or host:port") from None
    no_host = parts.netloc != text or "@" in text or text.endswith(":")
    if no_host or not host or port == 0 or not is_host(host):
        raise UrlError("must be a host, or host:port")
    return host, port


def is_loopback(address: str) -> bool:
    """Whether only this machine can connect to a listener there."""
    return ipaddress.ip_address(address).is_loopback


def file_path(text: str) -> str | None:
    """The path in ``file:PATH``, ``file:///PATH`` or a bare path; ``None`` for a URL of another kind."""
    if text.startswith("file:"):
        return text.removeprefix("file:").removeprefix("//")
    return None if "://" in text else text
