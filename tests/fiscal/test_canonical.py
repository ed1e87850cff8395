import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from app.fiscal.canonical import MAX_DEPTH, canonical, decode, digest, parse_canonical
from app.fiscal.errors import DuplicateMember, NotCanonical

NAMES = st.text(st.characters(codec="ascii"), max_size=8)
TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=12),
    st.text(st.sampled_from('"\\/\b\f\n\r\t\x00\x1f\x7f\u2028\u20ac\U0001f9fe'), min_size=1),
)
DOCUMENTS = st.dictionaries(
    NAMES,
    st.recursive(
        TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)
    ),
    max_size=5,
)


def nested(depth: int) -> Any:
    """Arrays and objects within each other, `depth` of them, and a text inside."""
    document: Any = "inside"
    for level in range(depth):
        document = [document] if level % 2 else {"a": document}
    return document


@given(DOCUMENTS)
def test_our_canonical_bytes_are_those_of_rfc8785(document: dict[str, Any]) -> None:
    assert canonical(document) == rfc8785.dumps(document)


@given(DOCUMENTS)
def test_canonical_bytes_are_read_back_as_the_same_document(document: dict[str, Any]) -> None:
    assert parse_canonical(canonical(document)) == document


def test_members_are_sorted_and_control_characters_escaped_the_short_way() -> None:
    document = {"b": "é\U0001f9fe", "B": ['\x00\x1f\b\t\n\f\r"\\/\x7f'], "a": {"2": "x", "10": "y"}}
    assert canonical(document) == (
        rb'{"B":["\u0000\u001f\b\t\n\f\r\"\\/' + b'\x7f"],"a":{"10":"y","2":"x"},"b":"'
        b'\xc3\xa9\xf0\x9f\xa7\xbe"}'
    )


OUTSIDE: dict[str, Any] = {
    "null": None,
    "true": True,
    "false": False,
    "an integer": 1,
    "a float": 1.5,
    "an empty text": "",
    "bytes": b"x",
    "a tuple": ("x",),
    "a set": {"x"},
    "a lone high surrogate": "\ud800",
    "a lone low surrogate": "x\udc00y",
    "a name that is not ASCII": {"é": "x"},
    "a name that is a number": {1: "x"},
    "a text of another class": type("Name", (str,), {})("x"),
}


@pytest.mark.parametrize("sentence", OUTSIDE)
@pytest.mark.parametrize("within", ["itself", "an object", "an array"])
def test_what_lies_outside_the_restriction_is_refused(sentence: str, within: str) -> None:
    value = OUTSIDE[sentence]
    document = {"itself": value, "an object": {"a": value}, "an array": ["x", value]}[within]
    with pytest.raises(NotCanonical):
        canonical(document)


def test_a_name_with_half_a_character_is_refused() -> None:
    with pytest.raises(NotCanonical):
        canonical({"\ud800": "x"})


def test_nesting_has_a_bottom() -> None:
    assert parse_canonical(canonical(nested(MAX_DEPTH - 1) | {"b": "x"}))
    for document in (nested(MAX_DEPTH + 1), nested(5_000)):
        with pytest.raises(NotCanonical, match="nested"):
            canonical(document)


NOT_JSON = {
    "no bytes": b"",
    "a word": b"hello",
    "two documents": b"{}{}",
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":Infinity}',
    "minus Infinity": b'{"a":-Infinity}',
    "a member twice": b'{"a":"1","a":"1"}',
    "a member twice, deep inside": b'{"a":[{"b":"1","\\u0062":"2"}]}',
    "a raw control character": b'{"a":"\x01"}',
    "bytes that are no UTF-8": b'{"a":"\xff"}',
    "an overlong spelling in UTF-8": b'{"a":"\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"a":"\xed\xa0\x80"}',
    "UTF-16": '{"a":"b"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"a":"b"}',
    "a comma too many": b'{"a":"b",}',
    "a comment": b'{"a":"b"}//',
    "single quotes": b"{'a':'b'}",
    "an end that is missing": b'{"a":"b"',
    "a hundred thousand brackets": b"[" * 100_000,
    "a number of five thousand digits": b'{"a":' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("sentence", NOT_JSON)
def test_what_is_no_json_of_ours_is_refused(sentence: str) -> None:
    with pytest.raises(NotCanonical):
        decode(NOT_JSON[sentence])
    with pytest.raises(NotCanonical):
        parse_canonical(NOT_JSON[sentence])


TWICE = {
    b'{"a":"1","a":"1"}': "/a",
    b'{"x":["0",{"y":"0"},{"b":"1","\\u0062":"2"}],"z":{}}': "/x/2/b",
    b'{"n":{"a/b~":"1","a/b~":"2"}}': "/n/a~1b~0",
    b'[[],{"' + b"k" * 100 + b'":"1","' + b"k" * 100 + b'":"2"}]': "/1/" + "k" * 64,
}


@pytest.mark.parametrize("data", TWICE)
def test_a_member_that_stands_twice_is_named_by_its_pointer(data: bytes) -> None:
    with pytest.raises(DuplicateMember) as refusal:
        decode(data)
    assert refusal.value.path == TWICE[data]


def test_a_member_twice_in_what_is_no_json_is_no_json_first() -> None:
    with pytest.raises(NotCanonical, match="not JSON"):
        decode(b'{"a":{"b":"1","b":"2"},}')


def test_json_that_is_only_decoded_may_hold_anything() -> None:
    assert decode(b' {"b": 1e3, "a": [null, true, ""]} ') == {"b": 1000.0, "a": [None, True, ""]}


OTHER_SPELLINGS = {
    "a blank": b'{"a": "b"}',
    "a blank before": b' {"a":"b"}',
    "a line feed after": b'{"a":"b"}\n',
    "members in another order": b'{"b":"1","a":"2"}',
    "an escape that is not needed": b'{"a":"\\u0062"}',
    "an escaped solidus": b'{"a":"\\/"}',
    "a long escape where a short one exists": b'{"a":"\\u000a"}',
    "an escape in capitals": b'{"a":"\\u001F"}',
    "an escaped name": b'{"\\u0061":"b"}',
    "a pair of surrogates escaped": b'{"a":"\\ud83e\\uddfe"}',
    "a lone surrogate": b'{"a":"\\ud800"}',
    "a number": b'{"a":1000}',
    "a number with an exponent": b'{"a":1e3}',
    "null": b'{"a":null}',
    "an empty text": b'{"a":""}',
    "a name that is not ASCII": '{"é":"b"}'.encode(),
    "an array": b'["a"]',
    "a text": b'"a"',
    "a thousand brackets around a text": b'{"a":' + b"[" * 600 + b'"a"' + b"]" * 600 + b"}",
}


@pytest.mark.parametrize("sentence", OTHER_SPELLINGS)
def test_any_other_spelling_of_a_document_is_refused(sentence: str) -> None:
    with pytest.raises(NotCanonical):
        parse_canonical(OTHER_SPELLINGS[sentence])


@given(DOCUMENTS, st.sampled_from([None, 1, (",", ": ")]))
def test_only_one_spelling_of_a_document_is_read(document: dict[str, Any], layout: Any) -> None:
    spelled = (
        json.dumps(document, indent=layout, ensure_ascii=True)
        if type(layout) is int
        else json.dumps(document, separators=layout)
    ).encode()
    if spelled == rfc8785.dumps(document):
        assert parse_canonical(spelled) == document
        return
    with pytest.raises(NotCanonical):
        parse_canonical(spelled)


def test_a_hash_is_sha_256_in_lower_case() -> None:
    assert digest(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
