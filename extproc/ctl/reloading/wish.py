"""Asking a gateway to reload."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from extproc.ctl.failure import Failure
from extproc.ctl.gateway.record import Record
from extproc.ctl.reloading.told import GATEWAY_SOCKET, Told, Wish, in_words
from extproc.serving.control import Unreachable, ask

RELOAD_S = 120.0
"""Longest wait for a reload; one takes about a second."""


async def wish(record: Record, environ: Mapping[str, str], *, check: bool) -> Told:
    """What became of it. Raises `Failure` when the gateway does not answer."""
    question = msgspec.json.encode(Wish(in_words(environ), check))
    try:
        answer = await ask(Path(record.socket_dir) / GATEWAY_SOCKET, question, RELOAD_S)
        return msgspec.json.decode(answer, type=Told)
    except (Unreachable, msgspec.DecodeError) as error:
        raise Failure(f"the gateway (pid {record.pid}) does not answer: {error}") from None
