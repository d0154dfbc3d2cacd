"""Every secret of a config: is it written right, and is it there?"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, SecretStr

from extproc.config.problems import KeyPath, Report
from extproc.config.secret import MissingSecretError
from extproc.config.secrets import reference
from extproc.config.variables import VariableError, expand, names
from extproc.config.view import View

_URLS: Final = frozenset({"url", "connection_string"})
"""Keys whose secrets are URLs: these may name several variables (user, password, host)."""
_STORES: Final = ("state_storage", "routing")
"""Sections that say where things are remembered."""


def secret_names(view: View) -> frozenset[str]:
    """The variables that secrets refer to; what is written wrongly is left out."""
    return _names(_secrets(view))


def store_secret_names(view: View) -> frozenset[str]:
    """Those of them that the URLs of stores refer to."""
    return _names(_of_sections(view, _STORES))


def _names(secrets: Iterable[tuple[KeyPath, SecretStr]]) -> frozenset[str]:
    found: set[str] = set()
    for _, secret in secrets:
        try:
            found.update(names(secret.get_secret_value()))
        except VariableError:
            continue
    return frozenset(found)


def check_secrets(view: View, report: Report, directory: Path, environ: Mapping[str, str] | None) -> None:
    """Report secrets that are written wrongly and, unless `environ` is ``None``, those that are not there."""
    for path, secret in _secrets(view):
        text = secret.get_secret_value()
        try:
            if path[-1] in _URLS:
                _check_url(text, environ)
            else:
                _check_value(text, directory, environ)
        except VariableError as error:
            report.error(path, str(error), error.hint)
        except MissingSecretError as error:
            hint = "export it, or set it in .env" if "variable" in str(error) else None
            report.error(path, str(error), hint)


def _check_url(text: str, environ: Mapping[str, str] | None) -> None:
    names(text)
    if environ is not None:
        expand(text, environ)


def _check_value(text: str, directory: Path, environ: Mapping[str, str] | None) -> None:
    found = reference(text, directory)
    if environ is not None:
        found.resolve(environ)


def _secrets(view: View) -> Iterator[tuple[KeyPath, SecretStr]]:
    for provider in view.providers:
        unused = {"access_key": None} if provider.value.passthrough_auth else {}
        yield from _within(provider.value.model_copy(update=unused), provider.path)
    for target in view.prompt_targets:
        yield from _within(target.value, target.path)
    yield from _of_sections(view, ("tracing", *_STORES))


def _of_sections(view: View, sections: Iterable[str]) -> Iterator[tuple[KeyPath, SecretStr]]:
    for section in sections:
        yield from _within(getattr(view.config, section), (section,))


def _within(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, SecretStr]]:
    if isinstance(value, SecretStr):
        yield path, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _within(getattr(value, name), (*path, name))
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _within(entry, (*path, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _within(entry, (*path, index))
