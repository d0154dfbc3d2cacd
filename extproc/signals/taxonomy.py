"""The names of the signals: three layers, seven categories, twenty-five leaves."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Category(StrEnum):
    """What a group of signals tells about; the value has its layer in front."""

    MISALIGNMENT = "interaction.misalignment"
    """The person and the agent do not mean the same."""
    STAGNATION = "interaction.stagnation"
    """It goes on without going forward."""
    DISENGAGEMENT = "interaction.disengagement"
    """The person is about to leave, in anger or in silence."""
    SATISFACTION = "interaction.satisfaction"
    """The person got what they came for."""
    FAILURE = "execution.failure"
    """The agent called a tool in a wrong way."""
    LOOPS = "execution.loops"
    """The agent calls tools again and again and gets nowhere."""
    EXHAUSTION = "environment.exhaustion"
    """The world around the agent gave way."""

    @property
    def layer(self) -> str:
        """``interaction``, ``execution`` or ``environment``."""
        return self.value.partition(".")[0]

    @property
    def short(self) -> str:
        """Without the layer."""
        return self.value.partition(".")[2]


class Leaf(StrEnum):
    """What was seen."""

    CORRECTION = "interaction.misalignment.correction"
    REPHRASE = "interaction.misalignment.rephrase"
    CLARIFICATION = "interaction.misalignment.clarification"
    DRAGGING = "interaction.stagnation.dragging"
    REPETITION = "interaction.stagnation.repetition"
    ESCALATION = "interaction.disengagement.escalation"
    QUIT = "interaction.disengagement.quit"
    NEGATIVE_STANCE = "interaction.disengagement.negative_stance"
    GRATITUDE = "interaction.satisfaction.gratitude"
    CONFIRMATION = "interaction.satisfaction.confirmation"
    SUCCESS = "interaction.satisfaction.success"
    INVALID_ARGS = "execution.failure.invalid_args"
    BAD_QUERY = "execution.failure.bad_query"
    TOOL_NOT_FOUND = "execution.failure.tool_not_found"
    AUTH_MISUSE = "execution.failure.auth_misuse"
    STATE_ERROR = "execution.failure.state_error"
    RETRY = "execution.loops.retry"
    PARAMETER_DRIFT = "execution.loops.parameter_drift"
    OSCILLATION = "execution.loops.oscillation"
    API_ERROR = "environment.exhaustion.api_error"
    TIMEOUT = "environment.exhaustion.timeout"
    RATE_LIMIT = "environment.exhaustion.rate_limit"
    NETWORK = "environment.exhaustion.network"
    MALFORMED_RESPONSE = "environment.exhaustion.malformed_response"
    CONTEXT_OVERFLOW = "environment.exhaustion.context_overflow"

    @property
    def short(self) -> str:
        """The last part of the name."""
        return self.value.rpartition(".")[2]


CATEGORY: Final[Mapping[Leaf, Category]] = MappingProxyType(
    {leaf: Category(leaf.value.rpartition(".")[0]) for leaf in Leaf}
)
"""The category of each leaf."""

LEAF: Final[Mapping[str, Leaf]] = MappingProxyType({leaf.short: leaf for leaf in Leaf})
"""Leaves by the last part of their name, which is unique."""
