"""``<provider>/<model>``."""

import pytest

from extproc.config.model_name import ModelName, ModelNameError, parse
from extproc.limits import MODEL_NAME_CHARS_MAX


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("openai/gpt-4o", ModelName("openai", "gpt-4o")),
        ("together_ai/meta-llama/Llama-3", ModelName("together_ai", "meta-llama/Llama-3")),
        ("openai/*", ModelName("openai", "*")),
        ("own.prefix/x:y@1", ModelName("own.prefix", "x:y@1")),
    ],
)
def test_the_first_slash_parts_provider_and_model(text: str, name: ModelName) -> None:
    """Models have slashes of their own."""
    assert name == parse(text)
    assert text == str(name)
    assert text.endswith("/*") == name.wildcard


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gpt-4o", "must be written <provider>/<model> or <provider>/*"),
        ("", "must be written <provider>/<model> or <provider>/*"),
        ("/gpt", "must be written <provider>/<model> or <provider>/*"),
        ("openai/", "must be written <provider>/<model> or <provider>/*"),
        ("openai/gpt 4", "must not hold white space or control characters"),
        ("openai/gpt\n", "must not hold white space or control characters"),
        ("openai/gpt-*", "may only use * for all models of a provider, as in openai/*"),
        ("*/gpt", "may only use * for all models of a provider, as in openai/*"),
        ("*/*", "may only use * for all models of a provider, as in openai/*"),
        (f"a/{'b' * MODEL_NAME_CHARS_MAX}", f"must not be longer than {MODEL_NAME_CHARS_MAX} characters"),
    ],
)
def test_what_is_no_model_is_refused(text: str, message: str) -> None:
    """The message continues a key path."""
    with pytest.raises(ModelNameError) as caught:
        parse(text)

    assert message == str(caught.value)
