"""The demo's client: the official OpenAI SDK, pointed at the gateway."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import openai

ANSWER_TOKENS_MAX = 80


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error answer, as the SDK understands it."""

    status: int
    code: str
    message: str


class Client:
    """Its API key is worth nothing: the provider's is in the gateway."""

    def __init__(self, url: str) -> None:
        self._sdk = openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="not-a-key", max_retries=0)

    async def stream(self, model: str, question: str, hear: Callable[[str], None]) -> float:
        """Gives each piece of the answer to `hear`; the milliseconds until the first."""
        asked, first_ms = time.perf_counter(), 0.0
        stream = await self._sdk.chat.completions.create(
            model=model,
            messages=[{"role": "user", "content": question}],
            max_tokens=ANSWER_TOKENS_MAX,
            temperature=0.0,
            stream=True,
        )
        async with stream:
            async for chunk in stream:
                if chunk.choices and (text := chunk.choices[0].delta.content):
                    first_ms = first_ms or (time.perf_counter() - asked) * 1000
                    hear(text)
        return first_ms

    async def refused(self, model: str) -> Refusal | None:
        """Asks a model that does not exist; ``None`` if it answers."""
        try:
            await self._sdk.chat.completions.create(
                model=model, messages=[{"role": "user", "content": "Hello"}]
            )
        except openai.APIStatusError as error:
            return Refusal(error.status_code, str(error.code), str(_message(error.body) or error.message))
        return None

    async def close(self) -> None:
        """Gives its connections up."""
        await self._sdk.close()


def _message(body: object) -> object:
    return body.get("message") if isinstance(body, dict) else None
