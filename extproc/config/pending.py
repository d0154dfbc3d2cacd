"""Keys that are read but do nothing: each is named in a warning where a config uses it.

A change that makes a key work removes its row from `PENDING`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from extproc.config.problems import KeyPath, Report

_NOT_YET: Final = "is accepted, but does nothing yet"
_NEVER: Final = "has no effect"
_NOT_SERVED: Final = "listeners of this type are not served yet"
_ALSO: Final = {"model_providers": "llm_providers"}
"""Old names of sections: a row for the new name counts for both."""


@dataclass(frozen=True, slots=True)
class Row:
    """One key; ``[]`` in its path stands for every entry."""

    path: str
    message: str
    values: tuple[Any, ...] = ()
    """Values that are warned of; empty: any that says something."""


PENDING: Final = (
    Row("listeners[].type", _NOT_SERVED, ("prompt",)),
    Row("listeners.ingress_traffic", _NOT_SERVED),
    Row("listeners[].input_filters", _NOT_YET),
    Row("listeners[].output_filters", _NOT_YET),
    Row("listeners[].agents[].input_filters", _NOT_YET),
    Row("filters", _NOT_YET),
    Row("ratelimits", _NOT_YET),
    Row("tracing", _NOT_YET),
    Row("prompt_guards", _NOT_YET),
    Row("prompt_targets", _NOT_YET),
    Row("endpoints", _NOT_YET),
    Row("system_prompt", _NOT_YET),
    Row("overrides.disable_signals", _NOT_YET),
)
"""What later versions will do."""

INERT: Final = (
    Row("mode", _NEVER),
    Row("listeners.ingress_traffic.message_format", _NEVER),
    Row("listeners.egress_traffic.message_format", _NEVER),
    Row("overrides.prompt_target_intent_matching_threshold", _NEVER),
    Row("overrides.optimize_context_window", _NEVER),
    Row("overrides.use_agent_orchestrator", _NEVER),
    Row("tracing.trace_arch_internal", _NEVER),
    Row("routing.llm_provider", _NEVER),
    Row("routing.model", _NEVER),
    Row("prompt_targets[].parameters[].in_path", _NEVER),
    Row("model_providers[].retry_policy.on_status_codes[].strategy", _NEVER),
    Row("model_providers[].retry_policy.on_status_codes[].max_attempts", _NEVER),
    Row("model_providers[].retry_policy.on_timeout", _NEVER),
    Row("model_providers[].retry_policy.on_high_latency", _NEVER),
    Row("model_providers[].retry_policy.retry_after_handling", _NEVER),
    Row("model_providers[].retry_policy.backoff.apply_to", _NEVER),
    Row("model_providers[].retry_policy.backoff.jitter", f"{_NEVER} when false", (False,)),
)
"""What Plano accepts (or proposes) and nothing will come of."""


def warn(document: dict[str, Any], report: Report) -> None:
    """One warning a row that the document uses, at its first use."""
    for row in (*PENDING, *INERT):
        uses = [path for path, value in _found(document, _steps(row.path), ()) if _says(row, value)]
        if uses:
            lines = ", ".join(str(report.line(path)) for path in uses[1:])
            report.warn(uses[0], row.message, f"also in line {lines}" if lines else None)


def _steps(path: str) -> list[str]:
    return path.replace("[]", ".[]").split(".")


def _found(value: Any, steps: list[str], path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    if not steps:
        yield path, value
    elif steps[0] == "[]":
        for index, entry in enumerate(value if isinstance(value, list) else []):
            yield from _found(entry, steps[1:], (*path, index))
    elif isinstance(value, dict):
        for key in (steps[0], _ALSO.get(steps[0], "")):
            if key in value:
                yield from _found(value[key], steps[1:], (*path, key))


def _says(row: Row, value: Any) -> bool:
    return value in row.values if row.values else value not in (None, False, [], {})
