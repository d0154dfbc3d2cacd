"""URLs of servers, which hold passwords: what may be said of them, and what is wrong with them."""

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import parse_qsl, unquote

from extproc.state.store import StoreUnavailable

# Stricter than a URL has to be: where a "@" or "/" of a password is not escaped, the rest of the password
# would pass for a host, and be told to everybody.
_HOST: Final = r"(?:\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9._-]+)?(?::[0-9]*)?"
_URL: Final = re.compile(
    r"(?P<scheme>[a-z]+)://"
    r"(?:(?P<user>[^:@/?#]*)(?::(?P<password>[^@/?#]*))?@)?"
    rf"(?P<hosts>{_HOST}(?:,{_HOST})*)"
    r"(?P<path>/[^@?#]*)?"
    r"(?:\?(?P<query>[^@#]*))?"
)
_SECRET_OPTIONS: Final = frozenset({"password", "sslpassword", "ssl_password"})
_MASK: Final = "***"


class StoreRefused(StoreUnavailable):
    """The config, or the server that was reached, says no: to wait does not help."""


class Address:
    """A URL that may be told."""

    def __init__(self, url: str, schemes: Collection[str]) -> None:
        """Raises `StoreRefused` unless `url` has one of `schemes`, and nothing in it can be mistaken."""
        found = _URL.fullmatch(url.strip())
        if found is None or found["scheme"] not in schemes:
            raise StoreRefused(
                f"the URL of the store does not read as {'|'.join(schemes)}://user:password@host:port/name; "
                "in a password, write @ as %40, / as %2F, ? as %3F, # as %23, and % as %25"
            )
        self.url = url.strip()
        self.scheme: str = found["scheme"]
        self.options: dict[str, str] = dict(parse_qsl(found["query"] or "", keep_blank_values=True))
        self.path: str = found["path"] or ""
        self.name = f"{self.scheme}://{found['hosts']}{self.path}"
        """Without user, password and options."""
        secrets = [found["password"] or "", *(self.options.get(name, "") for name in _SECRET_OPTIONS)]
        spelt = {spelling for secret in secrets for spelling in (secret, unquote(secret)) if secret}
        self._secrets = sorted(spelt, key=len, reverse=True)

    def say(self, problem: object) -> str:
        """What is wrong with the server, with its name and without its password."""
        text = str(problem) or ("no answer in time" if isinstance(problem, TimeoutError) else repr(problem))
        for secret in self._secrets:
            text = text.replace(secret, _MASK)
        return f"{self.name}: {text}"
