"""What the models are made of: the strict base class and the types of single values.

A value that is no secret and no prose may name environment variables; they are replaced here, before the
type is checked, from the `Variables` given as validation context (none: nothing is replaced).
"""

import re
from collections.abc import Callable
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from extproc.config import urls
from extproc.config.variables import VariableError, Variables
from extproc.limits import CONFIG_NAME_CHARS_MAX

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_DURATION: Final = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>ms|s|m|h)")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_VARIABLE_SCHEMA: Final = {"type": "string", "pattern": r"\$", "description": "an environment variable"}


class Section(BaseModel):
    """A mapping of the config: unknown keys are errors, nothing is converted in silence."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


def invalid(message: str, hint: str | None = None) -> PydanticCustomError:
    """A validation error in our words; `message` continues the key path."""
    return PydanticCustomError("invalid", "{message}", {"message": message, "hint": hint})


def is_header_name(text: str) -> bool:
    """Whether `text` is a token (RFC 9110 §5.1)."""
    return bool(_HEADER_NAME.fullmatch(text))


def _expanded(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str) or not isinstance(info.context, Variables):
        return value
    try:
        return info.context.expand(value)
    except VariableError as error:
        raise invalid(str(error), error.hint) from None


def _whole(value: Any, info: ValidationInfo) -> Any:
    expanded = _expanded(value, info)
    if expanded is not value and expanded != value and re.fullmatch(r"-?\d{1,18}", expanded):
        return int(expanded)
    return expanded


def _flag(value: Any, info: ValidationInfo) -> Any:
    expanded = _expanded(value, info)
    return {"true": True, "false": False}.get(expanded, expanded) if expanded != value else value


class _FromVariable:
    """A number or boolean that a variable may stand for, in the model and in the JSON Schema."""

    def __init__(self, convert: Callable[[Any, ValidationInfo], Any]) -> None:
        self._convert = convert

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_before_validator_function(self._convert, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [handler(schema), _VARIABLE_SCHEMA]}


WHOLE: Final = _FromVariable(_whole)
"""Annotation of a whole number; bounds stand before it."""


def _named(value: str) -> str:
    if not value.strip():
        raise invalid("must not be empty")
    if _CONTROL.search(value):
        raise invalid("must not hold line breaks or control characters")
    if len(value) > CONFIG_NAME_CHARS_MAX:
        raise invalid(f"must not be longer than {CONFIG_NAME_CHARS_MAX} characters")
    return value


def _header_name(value: str) -> str:
    if not is_header_name(value):
        raise invalid("must be the name of a header")
    return value


def _seconds(value: Any, info: ValidationInfo) -> Any:
    expanded = _expanded(value, info)
    match = _DURATION.fullmatch(expanded) if isinstance(expanded, str) else None
    if match is None or len(match["number"]) > 12:
        raise invalid("must be a duration", "such as 30s, 1.5s, 500ms or 5m")
    return float(match["number"]) * _SECONDS[match["unit"]]


def _more_than_none(value: float) -> float:
    if value < 0.001:
        raise invalid("must be at least 1ms")
    return value


def _http_url(value: str) -> str:
    try:
        urls.parse(value)
    except urls.UrlError as error:
        raise invalid(str(error)) from None
    return value


def _location(value: str) -> str:
    path = urls.file_path(value)
    if path is None:
        return _http_url(value)
    if not path.strip() or _CONTROL.search(path):
        raise invalid("must be an http(s) URL or the path of a file")
    return value


def _host(value: str) -> str:
    try:
        urls.split_host(value)
    except urls.UrlError as error:
        raise invalid(str(error)) from None
    return value


def _address(value: str) -> str:
    if value == "localhost":
        return "127.0.0.1"
    if not urls.is_ip(value):
        raise invalid("must be an IP address", "127.0.0.1 for this machine alone, 0.0.0.0 for every network")
    return value


def _scalar(value: Any) -> Any:
    if not isinstance(value, str | int | float | bool):
        raise invalid("must be text, a number, true or false")
    return value


Text = Annotated[str, BeforeValidator(_expanded)]
"""Text in which variables are replaced."""

Name = Annotated[Text, AfterValidator(_named)]
"""One line of text, not empty."""

HeaderName = Annotated[Name, AfterValidator(_header_name)]
"""Name of a request header."""

Prose = str
"""Text for people and models: a ``$`` in it is a dollar sign."""

Flag = Annotated[bool, _FromVariable(_flag)]
"""true or false."""

Count = Annotated[int, Field(ge=0, le=2**31 - 1), WHOLE]
"""A whole number from 0."""

Positive = Annotated[int, Field(ge=1, le=2**31 - 1), WHOLE]
"""A whole number from 1."""

Port = Annotated[int, Field(ge=1, le=65535), WHOLE]

Share = Annotated[float, Field(ge=0, le=1)]
"""A number from 0 to 1."""

Percent = Annotated[float, Field(ge=0, le=100)]

Duration = Annotated[
    float,
    BeforeValidator(_seconds),
    PlainSerializer(lambda seconds: f"{seconds:g}s", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?(ms|s|m|h)$|\$", "examples": ["30s"]}),
]
"""Seconds, written ``30s``, ``1.5s``, ``500ms``, ``5m`` or ``1h``."""

PositiveDuration = Annotated[Duration, AfterValidator(_more_than_none)]

HttpUrl = Annotated[Text, AfterValidator(_http_url)]
"""An http(s) URL without credentials, query or fragment."""

Location = Annotated[Text, AfterValidator(_location)]
"""An http(s) URL, or the path of a file, with ``file:`` before it or without."""

Host = Annotated[Text, AfterValidator(_host)]
"""A host name or IP address, with a port or without."""

Address = Annotated[Text, AfterValidator(_address)]
"""The IP address a listener binds."""

Scalar = Annotated[Any, AfterValidator(_scalar), WithJsonSchema({"type": ["string", "number", "boolean"]})]
"""Text, a number or a boolean."""
