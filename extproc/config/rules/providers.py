"""Rules for ``model_providers``."""

import re
from typing import Final

from extproc.config.model_name import parse
from extproc.config.models.fields import is_header_name
from extproc.config.models.providers import ProviderConfig
from extproc.config.problems import KeyPath, Report
from extproc.config.profiles import auth_header, host_of, profile_of
from extproc.config.rules.known import nearest
from extproc.config.view import Placed, View
from extproc.dialects.api import Api
from extproc.headers import INTERNAL_PREFIX
from extproc.providers.table import PROFILES, profile

_NOT_TO_SET: Final = frozenset(
    {"connection", "content-length", "host", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""Envoy's own: it writes them, or refuses a config that does."""


def one_spelling(view: View, report: Report) -> None:
    """``llm_providers`` is the old name of ``model_providers``: both at once would hide one."""
    if view.config.llm_providers and view.config.model_providers:
        report.error(("llm_providers",), "stands beside model_providers", "move its entries there")


def something_to_route_to(view: View, report: Report) -> None:
    """A gateway without models and agents can only refuse."""
    if view.providers or not view.sound("model_providers", "llm_providers", "agents", "listeners"):
        return
    if not view.agents:
        report.error((), "names no model and no agent", "add model_providers")
        return
    for listener in view.listeners:
        if listener.value.type == "model" and len(listener.path) > 1:
            report.warn(listener.path, "serves no model: every request gets an error", "add model_providers")


def unique(view: View, report: Report) -> None:
    """A name is one entry: names, and full models, which are names too."""
    seen: dict[str, KeyPath] = {}
    for item in view.providers:
        for name in dict.fromkeys((item.value.model, item.value.name or item.value.model)):
            key = "model" if name == item.value.model else "name"
            if name in seen:
                line = report.line(seen[name])
                what = "model" if key == "model" else "name"
                report.error((*item.path, key), f"{name} is the {what} of another entry", f"see line {line}")
            seen.setdefault(name, (*item.path, key))


def at_most_one_default(view: View, report: Report) -> None:
    """One model answers requests that name none, and it must be one model."""
    defaults = [item for item in view.providers if item.value.default]
    for item in defaults[1:]:
        line = report.line((*defaults[0].path, "default"))
        report.error((*item.path, "default"), "only one provider can be the default", f"see line {line}")
    for item in defaults:
        if parse(item.value.model).wildcard:
            report.error((*item.path, "default"), "needs one model, not *", "name the default model")


def reachable(view: View, report: Report) -> None:
    """It must be known where a provider is and how it is spoken to."""
    for item in view.providers:
        prefix = parse(item.value.model).prefix
        if profile(prefix) is None:
            _unknown_provider(item, prefix, report)
            continue
        _known_provider(item, prefix, report)


def _known_provider(item: Placed[ProviderConfig], prefix: str, report: Report) -> None:
    known = profile(prefix)
    assert known is not None
    interface = item.value.provider_interface
    if interface is not None and profile(interface) is not known:
        hint = "leave it out, or use a prefix of your own in model"
        report.error((*item.path, "provider_interface"), f"the provider is {known.id} already", hint)
    if host_of(item.value, known) is None and item.value.base_url is None:
        by_region = Api.CONVERSE in known.apis and item.value.access_key is None
        hint = "say where it is, or set aws.region" if by_region else "say where it is"
        report.error((*item.path, "base_url"), f"is required for {known.id}", hint)


def _unknown_provider(item: Placed[ProviderConfig], prefix: str, report: Report) -> None:
    interface = item.value.provider_interface
    if interface is None:
        close = nearest(prefix, PROFILES)
        hint = close if close and close.startswith("did") else None
        message = f"{prefix} is no provider we know: it needs base_url and provider_interface"
        report.error((*item.path, "model"), message, hint or "provider_interface: openai fits most")
    elif profile(interface) is None:
        report.error(
            (*item.path, "provider_interface"), "is no provider we know", nearest(interface, PROFILES)
        )
    elif item.value.base_url is None and item.value.aws is None:
        report.error((*item.path, "base_url"), f"is required for {prefix}", "say where it is")


def credentials(view: View, report: Report) -> None:
    """Whose credential reaches the provider should be no surprise."""
    for item in view.providers:
        provider, known = item.value, profile_of(item.value)
        if provider.passthrough_auth and provider.access_key is not None:
            message = "is ignored: passthrough_auth passes the client's credential"
            report.warn((*item.path, "access_key"), message)
        own = known is not None and auth_header(known) in map(str.lower, provider.headers)
        if own and provider.access_key is not None:
            report.warn((*item.path, "access_key"), "is ignored: headers set the credential")
        if not (provider.access_key or provider.aws or provider.passthrough_auth or own):
            message = f"{provider.model} has no access_key: the client's own credential is passed on"
            report.warn(item.path, message, "set access_key, or passthrough_auth: true if that is meant")


def access_key_form(view: View, report: Report) -> None:
    """Two slips that only the provider's 401 would tell."""
    for item in view.providers:
        if item.value.access_key is None:
            continue
        text = item.value.access_key.get_secret_value().strip()
        if text.lower().startswith("bearer "):
            report.error((*item.path, "access_key"), "must be the key alone", "Bearer is added")
        elif re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*_(KEY|TOKEN)", text):
            report.warn((*item.path, "access_key"), "looks like a variable's name", "write it with a $")


def header_names(view: View, report: Report) -> None:
    """Names that can be set, each once (HTTP takes no notice of case)."""
    for item in view.providers:
        seen: set[str] = set()
        for name in item.value.headers:
            path = (*item.path, "headers", name)
            if not is_header_name(name):
                report.error(path, "is no header name")
            elif name.lower() in _NOT_TO_SET or name.lower().startswith((INTERNAL_PREFIX, "x-envoy-")):
                hint = "use http_host" if name.lower() == "host" else None
                report.error(path, "cannot be set: the gateway does", hint)
            elif name.lower() in seen:
                report.error(path, "stands twice in another case")
            seen.add(name.lower())


def api_version(view: View, report: Report) -> None:
    """Azure alone has versions of its API in the query."""
    for item in view.providers:
        known = profile_of(item.value)
        if item.value.api_version is not None and known is not None and known.api_version is None:
            report.warn((*item.path, "api_version"), f"has no effect for {known.id}")


RULES: Final = (
    one_spelling,
    something_to_route_to,
    unique,
    at_most_one_default,
    reachable,
    credentials,
    access_key_form,
    header_names,
    api_version,
)
