"""Any form that httpx writes: only the model changes. Anything else: one kind of error."""

from contextlib import suppress

import httpx
from hypothesis import given
from hypothesis import strategies as st

from extproc.errors import InvalidRequest
from extproc.rewrite.multipart import model_of, with_model

TYPE = "multipart/form-data; boundary=XyZ"
NAME = st.sampled_from(["file", "prompt", "models", "language", 'a"b', "model\\", "granularities[]", "é"])
PIECE = st.sampled_from([b"\r\n", b"--", b"XyZ", b"XyZ ", b"-", b"\r", b"\n", b'name="model"', b"x", b"\xff"])


def is_free(content: bytes) -> bool:
    """Whether no line of `content` is a delimiter, which a client must see to (RFC 2046 §5.1.1)."""
    tails = (b"\r\n" + content + b"\r\n").split(b"\r\n--XyZ")[1:]
    return all(tail[:2] != b"--" and tail.partition(b"\r\n")[0].strip(b" \t") for tail in tails)


CONTENT = st.one_of(st.binary(max_size=40), st.lists(PIECE).map(b"".join)).filter(is_free)
FILES = st.lists(st.tuples(NAME, CONTENT), max_size=4)
FIELDS = st.dictionaries(NAME, st.text(max_size=9).filter(lambda text: is_free(text.encode())), max_size=3)
MODEL = st.text(max_size=9).filter(lambda text: is_free(text.encode()))


def form(fields: dict[str, str], files: list[tuple[str, bytes]]) -> bytes:
    """The body of a request with these; a file part makes httpx write a form at all."""
    parts = [*((name, (None, text)) for name, text in fields.items()), *((n, ("a.bin", c)) for n, c in files)]
    request = httpx.Request("POST", "http://x", files=parts or [("x", b"")], headers={"content-type": TYPE})
    return request.read()


@given(FIELDS, FILES, MODEL, MODEL)
def test_only_the_model_changes(
    fields: dict[str, str], files: list[tuple[str, bytes]], model: str, new: str
) -> None:
    body = form(fields | {"model": model}, files)
    located = model_of(body, TYPE)

    assert model == located.model
    assert form(fields | {"model": new}, files) == with_model(body, located, new)


@given(FIELDS, FILES, MODEL)
def test_a_missing_model_is_put_in_and_can_be_found_again(
    fields: dict[str, str], files: list[tuple[str, bytes]], model: str
) -> None:
    body = form(fields, files)
    changed = with_model(body, model_of(body, TYPE), model)

    assert model == model_of(changed, TYPE).model
    assert changed.endswith(body)


@given(FIELDS, FILES, MODEL, st.data())
def test_a_damaged_form_raises_nothing_but_invalid_request(
    fields: dict[str, str], files: list[tuple[str, bytes]], model: str, data: st.DataObject
) -> None:
    body = form(fields | {"model": model}, files)
    position = data.draw(st.integers(0, len(body)))
    damaged = body[:position] + data.draw(PIECE) + body[position + data.draw(st.integers(0, 9)) :]

    try:
        located = model_of(damaged, TYPE)
    except InvalidRequest:
        return
    assert model_of(with_model(damaged, located, "new"), TYPE).model == "new"


@given(st.binary(max_size=60), st.text(max_size=60))
def test_any_bytes_and_any_content_type_raise_nothing_but_invalid_request(body: bytes, boundary: str) -> None:
    with suppress(InvalidRequest):
        model_of(body, f"multipart/form-data; boundary={boundary}")
