"""What coding tools are told."""

import pytest

from extproc.ctl.coding_tools import SMALL_MODEL_ALIAS, claude, codex

URL = "http://127.0.0.1:12000"


@pytest.mark.parametrize(
    ("aliases", "settings", "small"),
    [
        ((), {}, None),
        ((SMALL_MODEL_ALIAS,), {}, SMALL_MODEL_ALIAS),
        ((SMALL_MODEL_ALIAS,), {"ANTHROPIC_SMALL_FAST_MODEL": "fast"}, "fast"),
    ],
)
def test_claude_codes_small_model_is_that_of_the_settings_else_planos_alias(
    aliases: tuple[str, ...], settings: dict[str, str], small: str | None
) -> None:
    assert small == claude(URL, aliases, settings, {}).environ.get("ANTHROPIC_SMALL_FAST_MODEL")


@pytest.mark.parametrize(
    ("settings", "environ"), [({"NON_INTERACTIVE_MODE": True}, {}), ({}, {"NON_INTERACTIVE_MODE": "1"})]
)
def test_a_tool_that_nobody_watches_is_told_so(settings: dict[str, bool], environ: dict[str, str]) -> None:
    assert "true" == claude(URL, (), settings, environ).environ["CI"]
    assert "dumb" == codex(URL, (), settings, environ).environ["TERM"]


def test_codex_asks_for_the_model_of_the_settings() -> None:
    assert ("codex", "--model", "gpt-5") == codex(URL, (), {"CODEX_MODEL": "gpt-5"}, {}).argv
