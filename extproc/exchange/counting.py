"""``count_tokens`` for a model whose provider has no such operation: an estimate, in Anthropic's shape.

In a thread: the first count loads the vocabulary, a long prompt takes a while, and the worker's other
exchanges wait for neither. In one thread: however many count at a time, they have one core.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec

from extproc import headers as names
from extproc.dialects.api import Api
from extproc.exchange.decision import Decision, metadata
from extproc.exchange.messages import Reply
from extproc.exchange.request import Request
from extproc.tokens.count import count
from extproc.translation.request import read

_thread: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="count-tokens")


async def answer(decision: Decision, request: Request, body: bytes) -> Reply:
    """The number of tokens of `body`. Raises `InvalidRequest` for one that is no request of its API."""
    name, api, model = decision.operation.name, decision.operation.api, decision.target.model
    loop = asyncio.get_running_loop()
    tokens = await loop.run_in_executor(_thread, _tokens, body, api, model)
    return Reply(
        200,
        (("content-type", "application/json"), (names.REPLY, name), (names.ESTIMATED, "tokens")),
        msgspec.json.encode({"input_tokens": tokens}),
        {**metadata(decision, request), "replied": True, "reply": name},
    )


def _tokens(body: bytes, api: Api, model: str) -> int:
    return count(read(body, api, model))
