"""A provider's ``retry_policy`` as the snapshot has it."""

from collections.abc import Iterator, Sequence

from extproc.config.models.providers import BackoffConfig, RetryPolicyConfig, StatusRuleConfig
from extproc.config.retry import RetryPolicy


def retry_policy(written: RetryPolicyConfig, *, auto: bool) -> RetryPolicy:
    """A number of attempts alone means that many at the same model, but for ``fallback: auto`` (`auto`)."""
    repeats = not written.fallback_models and (written.default_max_attempts or 1) > 1 and not auto
    backoff = written.backoff or BackoffConfig()
    return RetryPolicy(
        fallback_models=tuple(written.fallback_models),
        strategy=written.default_strategy or ("same_model" if repeats else None),
        max_attempts=written.default_max_attempts,
        status_codes=tuple(sorted(set(_codes(written.on_status_codes)))),
        per_try_timeout_s=written.per_try_timeout,
        per_try_idle_timeout_s=written.per_try_idle_timeout,
        backoff_base_s=max(backoff.base_ms, 1) / 1000,
        backoff_max_s=max(backoff.max_ms, backoff.base_ms, 1) / 1000,
        respect_retry_after=written.respect_retry_after,
    )


def _codes(entries: Sequence[int | StatusRuleConfig]) -> Iterator[int]:
    for entry in entries:
        yield from entry.codes if isinstance(entry, StatusRuleConfig) else (entry,)
