"""``python -m docgen.translation``: writes `docs/translation.md`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from docgen import answer, chat, messages, providers, responses, stream
from docgen.probe import MODELS, NAMES, crossings
from extproc.dialects.api import Api
from extproc.dialects.registry import UPSTREAM_DIALECTS

PAGE: Final = Path(__file__).parent.parent / "docs" / "translation.md"

_PROBES: Final = {Api.CHAT: chat, Api.RESPONSES: responses, Api.MESSAGES: messages}


def page() -> str:
    """All of it."""
    return "\n\n".join([_HEAD.strip(), *_providers(), *_requests(), *_answers()]) + "\n"


def _providers() -> Iterator[str]:
    yield _CHOICE.strip()
    yield providers.providers()
    yield _QUIRKS.strip()
    yield providers.quirks()


def _requests() -> Iterator[str]:
    asked = ", ".join(f"`{model}` by {NAMES[api]}" for api, model in MODELS.items())
    yield _REQUESTS.strip().format(models=asked)
    for api, probes in _PROBES.items():
        yield f"### Of a {NAMES[api]} client"
        yield crossings(probes.FIELDS, api, "field")
        yield crossings(probes.MESSAGES, api, "in messages")
        yield crossings(probes.TOOLS, api, "tool")


def _answers() -> Iterator[str]:
    yield _ANSWERS.strip()
    for title, made in (
        ("### Why it ended", answer.finishes),
        ("### What it holds", answer.parts),
        ("### What it cost", answer.usages),
    ):
        yield title
        yield from map(made, UPSTREAM_DIALECTS)
    yield _STREAMS.strip().format(pings=stream.pings())
    yield from map(stream.streams, UPSTREAM_DIALECTS)


_HEAD: Final = """\
<!-- Made by `make docs-translation` from docgen/translation.py and from what the code does. -->

# Translation

A client speaks Chat Completions, Responses or Messages; a provider speaks one of these or Amazon
Bedrock's Converse. Where the two speak the same, the body passes untouched, byte for byte, and
nothing below applies. Where they do not, each side is read into one form of our own and written
from it:

    client's request   ─ read ─▶  extproc.llm  ─ write ─▶  provider's request
    client's answer    ◀─ write ─  extproc.llm  ◀─ read ─  provider's answer

So there is one reader and one writer an API ([`extproc/dialects`](../extproc/dialects)), not one a pair.
Streams are turned event by event as they come, whatever the pieces they come in.

## What cannot cross

Three things can happen to a field that the provider's API has no word for:

- **It is left out and told.** The answer names it in the header `x-plano-lost-fields`, by its path in
  the request, and so does the access log. `logit_bias`, for instance, or `messages[2].name`.
- **It is refused.** What the request would mean something else without, such as audio for an API that
  takes none or a provider's own web search, ends it with an error of status 400 that names the field
  (`param`). A client learns it at once, not by a wrong answer.
- **It is said in another way**, as the tables below show.

What is lost only *in part* is told too: a `temperature` of 1.5, which Claude models refuse, arrives as 1.0
and stands in the header.

## As a library

Translation needs no Envoy. `extproc.translation.request.translate` and the `answer` of what it returns
are the whole of it, typed and pure:

```python
import json

from extproc.dialects.api import Api
from extproc.providers.table import PROFILES
from extproc.translation.request import translate

asked = {
    "model": "claude",
    "messages": [{"role": "user", "content": "What is 6 times 7?"}],
    "logit_bias": {"50256": -100},
}
crossing = translate(
    json.dumps(asked).encode(), Api.CHAT, Api.MESSAGES, "claude-sonnet-4-5", PROFILES["anthropic"]
)

sent = json.loads(crossing.body)  # for POST /v1/messages
assert sent["messages"] == [{"role": "user", "content": "What is 6 times 7?"}]
assert crossing.lost == ("logit_bias",)

# The provider's answer, with its status and content type. An error is turned in the same way.
answer = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5",
    "content": [{"type": "text", "text": "42"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 14, "output_tokens": 5},
}
turned = crossing.answer(200, "application/json").turn(json.dumps(answer).encode())
told = json.loads(turned.body)
assert told["choices"][0]["message"]["content"] == "42"
assert told["usage"]["total_tokens"] == 19
```

A request that asks for a stream gets something with a `feed` instead, which takes the provider's bytes as
they come and returns the client's: `crossing.answer(200, "text/event-stream").feed(data, last=False)`. The
profile may be left out; then no [quirk](#quirks) is heeded. A request that cannot be read or cannot cross
raises `extproc.errors.InvalidRequest`, whose `param` is the field.

A single dialect is a value of `extproc.dialects.base.Dialect`, to be found by its `Api` in
`extproc.dialects.registry`; streams alone are decoded by its `stream_decoder()` into the events of
`extproc.llm.events` and encoded by its `stream_encoder(request)`.
"""

_CHOICE: Final = """\
## Which API a provider is asked by

The client's own where the provider speaks it: the body then passes **unchanged**. Otherwise the first
of Chat Completions, Messages, Responses and Converse that the provider speaks. A `base_url` in the config
replaces host and path; a provider that is not listed is given one of these as its
`provider_interface`. `make new-provider NAME=x` adds a row.
"""

_QUIRKS: Final = """\
## Quirks

Where a provider differs from the API it says it speaks, a row of
[`extproc/providers/quirks.py`](../extproc/providers/quirks.py) bends what a translation has written; what
that leaves out is told like any other loss. Models are told by how their name begins, after its last
slash. The basis is what a row rests on: the provider *documented* it, users *reported* being refused, or
it is *believed*, having been tried on no provider.

Beside them, custom tools, whose input is free text, become functions with one string called `input` wherever
they are not known: in Messages, in Converse, and in Chat Completions of most who imitate it. Their calls
come back as calls of custom tools.
"""

_REQUESTS: Final = """\
## Requests

Each row is one field, sent through the translation beside a request without it; the cells are what
changed.

- lost: left out, and told.
- **refused**: an error that names the field.
- — : nothing is written and nothing is lost, since the field says what is taken for granted, or it is
  said elsewhere (Converse has the model and the wish to stream in its path).
- A second line is written, or lost, besides.

What is taken of thinking and sampling depends on the model too; here it is {models}.
"""

_ANSWERS: Final = """\
## Answers

An error of the provider's arrives with its status, in the shape of the client's API. A whole answer is as
follows; what a client has no word for is *not shown*.
"""

_STREAMS: Final = """\
### How it is streamed

Row by row a whole stream: thinking, text, a tool call. Cells are the events that a client is sent when
the provider's comes; a chunk of Chat Completions has no name and is shown by what is in it. A sign of life
from the provider becomes: {pings}.
"""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"written to {PAGE}")
