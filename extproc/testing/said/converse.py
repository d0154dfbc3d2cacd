"""Bedrock Converse: an answer told whole, and as the events of a stream."""

from collections.abc import Iterable, Iterator

from extproc.testing.said.messages import finish
from extproc.testing.said.values import Json, Said, halves


def _usage(said: Said) -> Json:
    return {
        "inputTokens": said.input_tokens - said.cached_tokens,
        "outputTokens": said.output_tokens,
        "totalTokens": said.input_tokens + said.output_tokens,
        "cacheReadInputTokens": said.cached_tokens,
        "cacheWriteInputTokens": 0,
    }


def whole(said: Said) -> Json:
    content: list[Json] = []
    if said.thought:
        reasoning = {"text": said.thought, "signature": said.signature}
        content.append({"reasoningContent": {"reasoningText": reasoning}})
    if said.text:
        content.append({"text": said.text})
    content += [
        {"toolUse": {"toolUseId": call.id, "name": call.name, "input": call.arguments}} for call in said.calls
    ]
    return {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": finish(said),
        "usage": _usage(said),
        "metrics": {"latencyMs": 120},
    }


def events(said: Said) -> Iterator[Json]:
    yield {"messageStart": {"role": "assistant"}}
    for index, (start, deltas) in enumerate(_blocks(said)):
        at = {"contentBlockIndex": index}
        if start:
            yield {"contentBlockStart": {**at, "start": start}}
        for delta in deltas:
            yield {"contentBlockDelta": {**at, "delta": delta}}
        yield {"contentBlockStop": at}
    yield {"messageStop": {"stopReason": finish(said)}}
    yield {"metadata": {"usage": _usage(said), "metrics": {"latencyMs": 120}}}


def _blocks(said: Said) -> Iterator[tuple[Json | None, Iterable[Json]]]:
    """Only a tool's block has a start."""
    if said.thought:
        thoughts = [{"reasoningContent": {"text": piece}} for piece in halves(said.thought)]
        yield None, [*thoughts, {"reasoningContent": {"signature": said.signature}}]
    if said.text:
        yield None, [{"text": piece} for piece in halves(said.text)]
    for call in said.calls:
        start = {"toolUse": {"toolUseId": call.id, "name": call.name}}
        yield start, [{"toolUse": {"input": piece}} for piece in halves(call.json)]
