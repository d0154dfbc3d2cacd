"""A gateway whose providers fail on demand: for each pair of APIs a first target, and a second behind it."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from extproc.dialects.api import Api
from extproc.testing.gateway import Gateway
from extproc.testing.ports import PortClaim
from extproc.testing.upstream import Seen, Upstream
from tests.e2e.bridging import CLIENTS
from tests.e2e.speakers import SPEAKERS, Speaker

INTERFACES: Mapping[Api, tuple[str, str]] = {
    Api.CHAT: ("openrouter", "chatty-1"),
    Api.MESSAGES: ("anthropic", "claude-house-1"),
    Api.RESPONSES: ("chatgpt", "codex-1"),
    Api.CONVERSE: ("amazon_bedrock", "anthropic.claude-house-1"),
}
"""A provider that speaks this API and no other, and a model of it."""

CELLS = [(client, first, second) for client in CLIENTS for first in INTERFACES for second in INTERFACES]
PATHS = {Api.CHAT: "/v1/chat/completions", Api.MESSAGES: "/v1/messages", Api.RESPONSES: "/v1/responses"}

AWS = {"AWS_ID": "AKIDEXAMPLE", "AWS_SECRET": "wJalr/XUtn+FEMI=K7MDENG"}
ENVIRON = {"FIRST_KEY": "sk-first-secret", "SECOND_KEY": "sk-second-secret", "TEAM": "team-secret", **AWS}
CLIENT_KEY = "sk-client-own"
NAMELESS = "nobody.invalid"
"""No name server knows it (RFC 6761 §6.4), and where there is none, nobody does."""

_HEAD = """
version: v0.4.0
listeners:
  - {type: model, name: models, address: 127.0.0.1, port: 12000}
  - {type: model, name: stubborn, address: 127.0.0.1, port: 12001, max_retries: 1}
model_providers:
"""


def name(api: Api) -> str:
    """The part of a provider's name that says which API it speaks."""
    return api.name.lower()


def first(api: Api, second: Api) -> str:
    """The model that is asked for."""
    return f"first_{name(api)}_{name(second)}/{INTERFACES[api][1]}"


def second(api: Api) -> str:
    """The model that is tried next."""
    return f"second_{name(api)}/{INTERFACES[api][1]}"


@dataclass(frozen=True)
class Lab:
    """The gateway, its clients, and the providers by the API they speak."""

    gateway: Gateway
    speakers: Mapping[Api, Speaker]
    firsts: Mapping[Api, Upstream]
    seconds: Mapping[Api, Upstream]
    http: httpx.Client

    @property
    def providers(self) -> tuple[Upstream, ...]:
        """All of them."""
        return (*self.firsts.values(), *self.seconds.values())

    def ask(
        self,
        model: str,
        client: Api = Api.CHAT,
        headers: Mapping[str, str] | None = None,
        listener: str = "models",
        **more: Any,
    ) -> httpx.Response:
        """A small request by plain HTTP."""
        words = (
            {"input": "hi"} if client is Api.RESPONSES else {"messages": [{"role": "user", "content": "hi"}]}
        )
        body = {"model": model, "max_tokens": 99, **words, **more} if client is Api.MESSAGES else None
        url = f"{self.gateway.base_urls[listener]}{PATHS[client]}"
        return self.http.post(
            url, json=body or {"model": model, **words, **more}, headers=dict(headers or {})
        )


def entry(model: str, interface: str, url: str, rest: str) -> str:
    """A line of the config."""
    return f'  - {{model: "{model}", provider_interface: {interface}, base_url: "{url}", {rest}}}\n'


def _config(
    firsts: Mapping[Api, Upstream], seconds: Mapping[Api, Upstream], plain: Upstream, closed: int
) -> str:
    text = _HEAD
    for api, (interface, _) in INTERFACES.items():
        text += entry(second(api), interface, seconds[api].url, "access_key: $SECOND_KEY")
        for other in INTERFACES:
            policy = f"retry_policy: {{fallback_models: [{second(other)}]}}"
            rest = f"access_key: $FIRST_KEY, headers: {{X-Team: $TEAM}}, {policy}"
            text += entry(first(api, other), interface, firsts[api].url, rest)
    chat, messages = firsts[Api.CHAT].url, firsts[Api.MESSAGES].url
    to = second(Api.MESSAGES)
    tls = plain.url.replace("http:", "https:")
    for model, url, more in (
        ("refused/m", f"http://127.0.0.1:{closed}", ""),
        ("nameless/m", f"http://{NAMELESS}", ""),
        ("no_tls/m", tls, ""),
        ("slow/m", chat, ", per_try_timeout: 300ms"),
        ("silent/m", chat, ", per_try_idle_timeout: 300ms"),
        ("picky/m", chat, ", on_status_codes: [418]"),
        ("capped/m", chat, ", default_max_attempts: 1"),
    ):
        text += entry(model, "openai", url, f"retry_policy: {{fallback_models: [{to}]{more}}}")
    slow = f"retry_policy: {{fallback_models: [{second(Api.CHAT)}], per_try_timeout: 300ms}}"
    text += entry("slow_claude/m", "anthropic", messages, f"access_key: $FIRST_KEY, {slow}")
    chain = f"retry_policy: {{fallback_models: [refused/m, nameless/m, {to}, {second(Api.CHAT)}]}}"
    text += entry("chain/m", "openai", chat, chain)
    text += entry("lost/m", "openai", chat, "retry_policy: {fallback_models: [refused/m, nameless/m]}")
    again = "retry_policy: {default_strategy: same_model, default_max_attempts: 3, backoff: {base_ms: 1}}"
    text += entry("again/m", "openai", chat, again)
    own = f"passthrough_auth: true, retry_policy: {{fallback_models: [own_claude/m, {second(Api.CHAT)}]}}"
    text += entry("own/m", "openai", chat, own)
    text += entry("own_claude/m", "anthropic", messages, "passthrough_auth: true")
    signed = "aws: {region: us-east-1, access_key_id: $AWS_ID, secret_access_key: $AWS_SECRET}"
    text += entry("signed/nova", "amazon_bedrock", seconds[Api.CONVERSE].url, signed)
    behind = f"access_key: $FIRST_KEY, retry_policy: {{fallback_models: [signed/nova, {to}]}}"
    text += entry("before_signed/m", "openai", chat, behind)
    text += entry("anyone/twice", "openai", chat, "default: true")
    text += entry("elsewhere/twice", "openai", seconds[Api.CHAT].url, "access_key: $SECOND_KEY")
    text += "overrides: {fallback: auto}\n"
    return text


@contextmanager
def falling_back(workers: int = 1) -> Iterator[Lab]:
    """Everything, up."""
    with ExitStack() as stack:
        firsts = {api: stack.enter_context(Upstream()) for api in INTERFACES}
        seconds = {api: stack.enter_context(Upstream()) for api in INTERFACES}
        closed = PortClaim()
        stack.callback(closed.release)
        plain = stack.enter_context(Upstream())
        stack.callback(plain.forget)  # it complains of whoever speaks TLS to it
        config = _config(firsts, seconds, plain, closed.port)
        gateway = stack.enter_context(Gateway(config, ENVIRON, workers=workers))
        speakers = {speaker.api: speaker(gateway.base_url) for speaker in SPEAKERS}
        for speaker in speakers.values():
            stack.callback(speaker.sdk.close)
        http = stack.enter_context(httpx.Client(trust_env=False, timeout=20))
        yield Lab(gateway, speakers, firsts, seconds, http)


def leaks(seen: Seen) -> set[str]:
    """What of the first provider's, or of the client's, came to a provider that has a key of its own."""
    text = f"{seen.headers}{seen.body!r}{seen.target}"
    secrets = {*ENVIRON.values(), CLIENT_KEY, "x-team", "X-Team"} - {ENVIRON["SECOND_KEY"]}
    return {secret for secret in secrets if secret in text}
