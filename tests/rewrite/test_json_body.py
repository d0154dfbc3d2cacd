"""The model in a JSON body: where it is, and that nothing else changes."""

import json
import time

import pytest

from extproc import limits
from extproc.errors import InvalidRequest
from extproc.rewrite.json_body import model_of, with_model


def changed(body: bytes, model: str = "new") -> bytes:
    return with_model(body, model_of(body), model)


@pytest.mark.parametrize(
    ("body", "model", "expected"),
    [
        (b'{"model":"a"}', "a", b'{"model":"new"}'),
        (b'{"messages":[],"model":"a","n":1}', "a", b'{"messages":[],"model":"new","n":1}'),
        (b' \t\r\n{ "model"\n:\t"a" , "n" : 1 } \n', "a", b' \t\r\n{ "model"\n:\t"new" , "n" : 1 } \n'),
        (b'{"model":null}', None, b'{"model":"new"}'),
        (b'{"model":""}', "", b'{"model":"new"}'),
        (b'{"mod\\u0065l":"a"}', "a", b'{"mod\\u0065l":"new"}'),
        (
            b'{"\\u006D\\u006f\\u0064\\u0065\\u006C":"a"}',
            "a",
            b'{"\\u006D\\u006f\\u0064\\u0065\\u006C":"new"}',
        ),
        (b'{"model":"a\\"\\\\\\u00e9"}', 'a"\\é', b'{"model":"new"}'),
        (b'{"model":"\\ud83d\\ude00"}', "😀", b'{"model":"new"}'),
        ('{"model":"模型"}'.encode(), "模型", b'{"model":"new"}'),
    ],
)
def test_the_models_value_alone_is_replaced(body: bytes, model: str | None, expected: bytes) -> None:
    assert model == model_of(body).model
    assert expected == changed(body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{}", b'{"model":"new"}'),
        (b" { \n } ", b' {"model":"new" \n } '),
        (b'{"a":1}', b'{"model":"new","a":1}'),
        (b'{ "a":1}', b'{"model":"new", "a":1}'),
        (b'{"":[]}', b'{"model":"new","":[]}'),
    ],
)
def test_a_body_without_a_model_gets_one_in_front(body: bytes, expected: bytes) -> None:
    assert model_of(body).model is None
    assert expected == changed(body)


@pytest.mark.parametrize(
    "rest",
    [
        b'"x":{"model":"b"}',
        b'"x":[{"model":"b"},{"model":{"model":1}}]',
        b'"tools":[{"parameters":{"properties":{"model":{"type":"string"}}}}]',
        b'"x":"\\"model\\":\\"b\\""',
        b'"x":"model"',
        b'"model\\"":"b"',
        b'"\\"model":"b"',
        b'"Model":"b","model ":"b"',
        b'"\\ud800model":["b"],"\\u006d\\ud800":{}',
        b'"":{"model":"b"},"x\\\\":"\\\\"',
        b'"messages":[1],"messages":["longer",{"model":"b"}]',
        b'"messages":12,"messages":1',
        b'"stream":[],"stop":["}"],"metadata":{"k":"]"}',
        b'"unknown":[[{"k":"\\"]"},[]],{}]',
        b'"x":1e999,"y":-0,"z":1.0,"\\u0061":"\\/"',
    ],
)
@pytest.mark.parametrize("order", ["%b,%b", "%b , \n%b"])
def test_what_only_looks_like_the_model_is_left_alone(rest: bytes, order: str) -> None:
    """Nested keys, strings, keys with escapes, duplicates of other keys, brackets in strings."""
    for first, second in ((b'"model":"a"', rest), (rest, b'"model":"a"')):
        body = b"{" + order.encode() % (first, second) + b"}"

        assert model_of(body).model == "a"
        assert changed(body) == body.replace(b'"a"', b'"new"')


@pytest.mark.parametrize(
    ("model", "value"),
    [('"\\', b'"\\"\\\\"'), ("a\nb\x00", b'"a\\nb\\u0000"'), ("é模😀", '"é模😀"'.encode())],
)
def test_any_name_is_written_as_json(model: str, value: bytes) -> None:
    assert changed(b'{"model":"a"}', model) == b'{"model":%b}' % value


@pytest.mark.parametrize(
    ("body", "stream"),
    [
        (b'{"stream":true}', True),
        (b'{"model":"a","stream" : false}', False),
        (b'{"stream":"true"}', None),
        (b'{"stream":null}', None),
        (b'{"x":{"stream":true}}', None),
        (b"{}", None),
    ],
)
def test_stream_is_read_on_the_way(body: bytes, stream: bool | None) -> None:
    assert stream is model_of(body).stream


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "not valid JSON"),
        (b"  ", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b'{"model":"a"', "not valid JSON"),
        (b'{"model":"a"}x', "trailing characters"),
        (b'{"model":"a"}{}', "trailing characters"),
        (b'{"model":"a",}', "trailing comma"),
        (b'{"x":[1,],"model":"a"}', "trailing comma"),
        (b"{'model':'a'}", "not valid JSON"),
        (b'{"x":NaN}', "not valid JSON"),
        (b'{"x":-Infinity}', "not valid JSON"),
        (b'{"x":01}', "invalid number"),
        (b'{"x":"\n"}', "not valid JSON"),
        (b'{"x":"\\x"}', "invalid escaped character"),
        (b'{"x":"\\ud83"}', "not valid JSON"),
        (b'{"x":"\\ud83d"]', "not valid JSON"),
        (b'\xef\xbb\xbf{"model":"a"}', "not valid JSON"),
        ('{"model":"a"}'.encode("utf-16"), "not valid"),
        (b'{"model":"\xff"}', "not valid UTF-8 (byte 10)"),
        (b'{"x":"\xed\xa0\x80"}', "not valid UTF-8 (byte 6)"),
        (b'{"\xc0\xaf":1}', "not valid UTF-8 (byte 2)"),
        (b"[]", "must be a JSON object"),
        (b'"model"', "must be a JSON object"),
        (b"null", "must be a JSON object"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(body: bytes, sentence: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        model_of(body)

    assert sentence in refused.value.message


@pytest.mark.parametrize("value", [b"1", b"true", b"[]", b'["a"]', b'{"model":"a"}', b"-1.5e3"])
def test_a_model_that_is_no_string_is_refused(value: bytes) -> None:
    with pytest.raises(InvalidRequest, match="must be a string") as refused:
        model_of(b'{"model":%b,"x":1}' % value)

    assert refused.value.param == "model"


def test_a_model_with_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="not valid text"):
        model_of(b'{"model":"a\\ud800"}')


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"a","model":"a"}',
        b'{"model":"a","model":"b"}',
        b'{"model":"a","messages":[{"model":"b"}],"model":null}',
        b'{"model":"a","mod\\u0065l":"b"}',
        b'{"\\u006dodel":"a","x":[],"model":"b"}',
        b'{"model":"a","model":{}}',
    ],
)
def test_two_models_are_refused(body: bytes) -> None:
    """A provider may read the first where we read the last: what was decided would not be what is called."""
    with pytest.raises(InvalidRequest, match="twice") as refused:
        model_of(body)

    assert refused.value.param == "model"


@pytest.mark.parametrize("half", [b"\\ud83d", b"\\uDE00\\ud83d", b"\\ude00", b"\\\\\\udfff"])
def test_half_a_surrogate_pair_is_valid_json_and_kept(half: bytes) -> None:
    """JavaScript writes a cut emoji so; Python's parser reads it."""
    body = b'{"messages":[{"content":"cut %b"}],"model":"a"}' % half
    json.loads(body)

    assert changed(body) == body.replace(b'"a"', b'"new"')


def test_the_nesting_that_is_promised_is_passed() -> None:
    deep = b"[" * limits.JSON_DEPTH_MAX + b"]" * limits.JSON_DEPTH_MAX

    assert changed(b'{"x":%b,"model":"a"}' % deep[1:-1]) == b'{"x":%b,"model":"new"}' % deep[1:-1]


def changed_or_refused(body: bytes) -> bytes | str:
    try:
        return changed(body)
    except InvalidRequest as refused:
        return refused.message


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
@pytest.mark.parametrize("levels", [10_000, 1_000_000])
def test_a_body_of_ten_thousand_levels_is_refused_or_passed(opening: bytes, levels: int) -> None:
    """How deep Python lets C code go depends on its version; what must hold is that it is no crash."""
    closing = b"]" if opening == b"[" else b"}"
    body = b'{"x":%b1%b,"model":"a"}' % (opening * levels, closing * levels)

    assert changed_or_refused(body) in ("The request body is nested too deeply.", body[:-3] + b'new"}')


def test_large_bodies_take_a_moment() -> None:
    """Ten MiB of one message, of small members, and of nested ones: linear in all of them."""
    mib = 10 * 2**20
    bodies = (
        b'{"messages":[{"content":"%b"}],"model":"a"}' % (b"x" * mib),
        b'{"model":"a"%b}' % b"".join(b',"k%d":%d' % (n, n) for n in range(mib // 14)),
        b'{"x":[%b0],"model":"a"}' % (b'{"model":[]},' * (mib // 13)),
    )
    for body in bodies:
        started = time.process_time()

        assert len(changed(body)) == len(body) + 2
        assert time.process_time() - started < 10


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"model":"m","routing_preferences":[]}', True),
        (b'{"routing\\u005fpreferences":null}', True),
        (b'{"model":"m","metadata":{"routing_preferences":[]}}', False),
        (b'{"model":"routing_preferences"}', False),
    ],
)
def test_preferences_in_the_body_are_seen(body: bytes, expected: bool) -> None:
    """They are for us; at the top level alone."""
    assert expected is model_of(body).preferences
