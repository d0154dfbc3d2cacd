"""The model in a form: where it is, and that nothing else changes."""

import pytest

from extproc import limits
from extproc.errors import InvalidRequest
from extproc.rewrite.multipart import model_of, with_model

TYPE = "multipart/form-data; boundary=XyZ"
FILE = b'Content-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n'


def field(name: str, value: bytes) -> bytes:
    return b'Content-Disposition: form-data; name="%b"\r\n\r\n%b' % (name.encode(), value)


def form(*parts: bytes, boundary: bytes = b"XyZ") -> bytes:
    return b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts) + b"--%b--\r\n" % boundary


def changed(body: bytes, content_type: str = TYPE, model: str = "new") -> bytes:
    return with_model(body, model_of(body, content_type), model)


MODEL = field("model", b"whisper-1")
NEW = field("model", b"new")
SOUND = FILE + b'RIFF\r\n--XyZ\x00\r\n--XyZx\r\nname="model"\r\n\r\n\xff'


@pytest.mark.parametrize("others", [(), (SOUND,), (field("prompt", b"hi"), SOUND)])
def test_the_models_value_alone_is_replaced(others: tuple[bytes, ...]) -> None:
    """What a file holds is never read, though it may look like a part or begin like a boundary."""
    for parts, expected in (((MODEL, *others), (NEW, *others)), ((*others, MODEL), (*others, NEW))):
        assert model_of(form(*parts), TYPE).model == "whisper-1"
        assert changed(form(*parts)) == form(*expected)


@pytest.mark.parametrize(
    "others", [(), (SOUND,), (field("models", b"x"), field("Model", b"y"), field("", b""))]
)
def test_a_form_without_a_model_gets_a_part_in_front(others: tuple[bytes, ...]) -> None:
    assert model_of(form(*others), TYPE).model is None
    assert changed(form(*others)) == form(NEW, *others)


def test_a_preamble_and_an_epilogue_are_kept() -> None:
    body = b"preamble --XyZ\r\n" + form(MODEL).removesuffix(b"\r\n") + b" \t\r\nepilogue\r\n--XyZ\r\n"
    without = b"\r\n" + form(SOUND)

    assert changed(body) == body.replace(b"whisper-1", b"new")
    assert changed(without) == b"\r\n" + form(NEW, SOUND)


@pytest.mark.parametrize("value", [b"", b"\r\n", b"a\r\nb", b"--XyZ-", "模型".encode(), b"\r\n--Xy"])
def test_any_value_is_read_to_its_end(value: bytes) -> None:
    body = form(field("model", value), SOUND)

    assert value.decode() == model_of(body, TYPE).model
    assert changed(body) == form(NEW, SOUND)


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data;boundary=a", b"a"),
        ('Multipart/Form-Data ; charset=utf-8; Boundary = "a b"; x=y', b"a b"),
        ('multipart/form-data; boundary="a;b=c"', b"a;b=c"),
        ('multipart/form-data; boundary="a\\"b"', b'a"b'),
        ("multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxk'()+_,-./:=?", None),
        ("multipart/form-data; boundary=" + "x" * 70, b"x" * 70),
    ],
)
def test_the_boundary_is_read_from_the_content_type(content_type: str, boundary: bytes | None) -> None:
    boundary = boundary or content_type.partition("boundary=")[2].encode()

    assert model_of(form(MODEL, SOUND, boundary=boundary), content_type).model == "whisper-1"


@pytest.mark.parametrize(
    "headers",
    [
        b'content-disposition:form-data;name="model"',
        b"CONTENT-DISPOSITION: form-data; name=model",
        b'Content-Type: text/plain\r\nContent-Disposition: form-data; name="model"',
        b'Content-Disposition: form-data;\r\n name="model"',
        b'Content-Disposition: form-data; x="; name=y"; name="model"',
        b'Content-Disposition: form-data; name="mo\\del"',
    ],
)
def test_the_name_is_read_however_the_headers_are_written(headers: bytes) -> None:
    body = form(SOUND, headers + b"\r\n\r\na")

    assert model_of(body, TYPE).model == "a"
    assert changed(body) == form(SOUND, headers + b"\r\n\r\nnew")


@pytest.mark.parametrize(("value", "stream"), [(b"true", True), (b"false", False), (b"1", None)])
def test_stream_is_read_on_the_way(value: bytes, stream: bool | None) -> None:
    assert stream is model_of(form(field("stream", value), MODEL), TYPE).stream


@pytest.mark.parametrize(
    ("content_type", "sentence"),
    [
        ("", "must be multipart/form-data"),
        ("application/json", "must be multipart/form-data"),
        ("multipart/mixed; boundary=XyZ", "must be multipart/form-data"),
        ("multipart/form-data", "no valid boundary"),
        ("multipart/form-data; boundary=", "no valid boundary"),
        ('multipart/form-data; boundary=""', "no valid boundary"),
        ("multipart/form-data; boundary=" + "x" * 71, "no valid boundary"),
        ("multipart/form-data; boundary=é", "no valid boundary"),
        ("multipart/form-data; boundary=a; boundary=XyZ", "no valid boundary"),
    ],
)
def test_a_content_type_that_does_not_fit_is_refused(content_type: str, sentence: str) -> None:
    with pytest.raises(InvalidRequest, match=sentence):
        model_of(form(MODEL), content_type)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "ends before its last boundary"),
        (b"--XyZ", "ends before its last boundary"),
        (b"--XyZ\r\n" + MODEL, "ends before its last boundary"),
        (form(MODEL, boundary=b"other"), "ends before its last boundary"),
        (form(MODEL).replace(b"\r\n", b"\n"), "ends before its last boundary"),
        (b"--XyZ\r\n--XyZ--\r\n", "no end of its headers"),
        (form(b""), "no end of its headers"),
        (form(b"no headers"), "no end of its headers"),
        (form(b"X: " + b"y" * 10_000 + b"\r\n\r\n"), "no end of its headers"),
        (form(b"\r\n\r\ncontent"), "no name"),
        (form(b"Content-Type: text/plain\r\n\r\n"), "no name"),
        (form(b"Content-Disposition: form-data\r\n\r\n"), "no name"),
        (form(b'Content-Disposition: form-data; name="x"; name="model"\r\n\r\n'), "more than one"),
        (form(b"Content-Disposition: form-data; name=x; name*=utf-8''model\r\n\r\n"), "more than one"),
        (form(field("x", b"") + b"\r\n", MODEL + b"\r\n", MODEL), "'model' twice"),
        (form(MODEL, MODEL), "'model' twice"),
        (form(MODEL.replace(b'"\r', b'"; filename="m"\r')), "must be a text field"),
        (form(field("model", b"\xff")), "not valid UTF-8"),
        (form(*[field("x", b"")] * (limits.MULTIPART_PARTS_MAX + 1)), "more than 128 parts"),
    ],
)
def test_a_malformed_form_is_refused(body: bytes, sentence: str) -> None:
    with pytest.raises(InvalidRequest, match=sentence):
        model_of(body, TYPE)


def test_two_dispositions_in_a_part_are_refused() -> None:
    """A provider may read the other one."""
    with pytest.raises(InvalidRequest, match="more than one"):
        model_of(form(b"Content-Disposition: form-data; name=x\r\n" + MODEL), TYPE)


def test_as_many_parts_as_allowed_are_searched() -> None:
    parts = [field("x", b"")] * (limits.MULTIPART_PARTS_MAX - 1)

    assert model_of(form(*parts, MODEL), TYPE).model == "whisper-1"
