"""A flight agent.

uvicorn --app-dir demos/travel flight_agent:app --port 10520
"""

from collections.abc import AsyncIterator, Mapping, Sequence

from chat_server import Message, chat_server, in_words, said_last

TIMETABLE = {
    "Paris": "AF 1774, Oslo to Paris, 16:20, gate K32",
    "Oslo": "SK 834, Paris to Oslo, 12:45, gate 18",
    "Tokyo": "NH 216, Paris to Tokyo, 11:30, gate 107",
    "Lisbon": "TP 443, Paris to Lisbon, 19:10, gate F21",
    "Rome": "AZ 319, Paris to Rome, 08:55, gate E31",
    "Berlin": "LH 861, Oslo to Berlin, 09:40, gate 12",
}
"""What a real agent would ask an airline for: the next flight to a city."""

SHOWN = (
    ("LH 861, Oslo to Berlin, 09:40, gate 12", "LH 861 from Oslo to Berlin leaves at 09:40 from gate 12."),
    ("AZ 319, Paris to Rome, 08:55, gate E31", "AZ 319 from Paris to Rome leaves at 08:55 from gate E31."),
)


async def answer(messages: Sequence[Message], headers: Mapping[str, str]) -> AsyncIterator[str]:
    """The next flight to the places that were asked for, a sentence each."""
    places = said_last(messages, TIMETABLE)
    if not places:
        yield f"I know flights to {', '.join(TIMETABLE)}. Where do you want to go?"
    for number, place in enumerate(places):
        yield " " if number else ""
        async for piece in in_words(TIMETABLE[place], SHOWN, headers):
            yield piece


app = chat_server("flight_agent", answer)
