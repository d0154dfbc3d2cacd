"""A weather agent.

uvicorn --app-dir demos/travel weather_agent:app --port 10510
"""

from collections.abc import AsyncIterator, Mapping, Sequence

from chat_server import Message, chat_server, in_words, said_last

FORECAST = {
    "Paris": "light rain, 14 C",
    "Oslo": "snow, -3 C",
    "Tokyo": "cloudy, 21 C",
    "Lisbon": "sunny, 24 C",
    "Rome": "sunny, 27 C",
    "Berlin": "cloudy, 9 C",
}
"""What a real agent would ask a weather service for."""

SHOWN = (
    ("Oslo: snow, -3 C", "It will snow in Oslo, at -3 degrees: take a warm coat."),
    ("Rome: sunny, 27 C", "It will be sunny in Rome, at 27 degrees: take a hat."),
)


async def answer(messages: Sequence[Message], headers: Mapping[str, str]) -> AsyncIterator[str]:
    """The weather of the places that were asked for, a sentence each."""
    places = said_last(messages, FORECAST)
    if not places:
        yield f"I know the weather in {', '.join(FORECAST)}. Which one do you mean?"
    for number, place in enumerate(places):
        yield " " if number else ""
        async for piece in in_words(f"{place}: {FORECAST[place]}", SHOWN, headers):
            yield piece


app = chat_server("weather_agent", answer)
