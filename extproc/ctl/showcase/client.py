"""The demo's client: the official OpenAI SDK, pointed at the gateway."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import openai

ANSWER_TOKENS_MAX = 80


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer's headers, and the milliseconds until its first text and its end."""

    headers: Mapping[str, str]
    first_ms: float
    total_ms: float


class Client:
    """Its API key is worth nothing: the providers' are in the gateway."""

    def __init__(self, url: str) -> None:
        self._sdk = openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="not-a-key", max_retries=0)

    async def stream(
        self,
        question: str,
        greet: Callable[[Mapping[str, str]], None],
        hear: Callable[[str], None],
    ) -> Heard:
        """Gives the answer's headers to `greet`, then each piece of its text to `hear`."""
        asked, first_ms = time.perf_counter(), 0.0
        answer = await self._sdk.chat.completions.with_raw_response.create(
            model="none",  # whatever the gateway chooses
            messages=[{"role": "user", "content": question}],
            max_tokens=ANSWER_TOKENS_MAX,
            temperature=0.0,
            stream=True,
        )
        greet(answer.headers)
        async with answer.parse() as stream:
            async for chunk in stream:
                if chunk.choices and (text := chunk.choices[0].delta.content):
                    first_ms = first_ms or _since(asked)
                    hear(text)
        return Heard(answer.headers, first_ms, _since(asked))

    async def close(self) -> None:
        """Gives its connections up."""
        await self._sdk.close()


def _since(start: float) -> float:
    return (time.perf_counter() - start) * 1000
