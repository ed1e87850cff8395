"""The anchor: what it says, under which signature, and how a store contradicts it."""

from dataclasses import replace

import pytest

from app.fiscal.anchor import Anchor, contradiction, read_anchor
from app.fiscal.canonical import canonical
from app.fiscal.errors import NotCanonical
from app.fiscal.ledger import Head
from app.fiscal.seal import NotASeal, compact, signing_input
from tests.given.keys import KEY, public_keys

ANCHOR = Anchor("centre", "KIN01", "1", 7, "ab" * 32, 5, "first", "now", "2026-11-22T11:00:00Z")
HEAD = Head("KIN01", "1", position=7, entry_hash="ab" * 32, counter=5)


def signed(document: dict[str, str]) -> str:
    to_sign = signing_input(KEY.kid, document)
    return compact(to_sign, KEY.sign(to_sign))


def test_an_anchor_says_what_was_signed() -> None:
    assert read_anchor(signed(ANCHOR.document()), public_keys()) == ANCHOR
    assert canonical(ANCHOR.document())


@pytest.mark.parametrize(
    "changes",
    [{"v": "seal/1"}, {"more": "x"}, {"position": "seven"}],
    ids=["another document", "another member", "no number"],
)
def test_what_is_no_anchor_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(NotCanonical):
        read_anchor(signed(ANCHOR.document() | changes), public_keys())


def test_an_anchor_that_somebody_altered_is_refused() -> None:
    text = signed(ANCHOR.document())
    with pytest.raises(NotASeal):
        read_anchor(text[:-4] + "AAAA", public_keys())


def test_a_store_that_holds_what_is_anchored_or_more_agrees() -> None:
    assert contradiction(ANCHOR, HEAD, "ab" * 32, "first") is None
    assert contradiction(ANCHOR, replace(HEAD, position=9, counter=6), "ab" * 32, "first") is None


def test_a_store_is_behind_a_fork_or_begun_by_another_key() -> None:
    assert contradiction(ANCHOR, replace(HEAD, position=6), None, "first") == "behind"
    assert contradiction(ANCHOR, replace(HEAD, counter=4), "ab" * 32, "first") == "behind"
    assert contradiction(ANCHOR, replace(HEAD, position=9), "cd" * 32, "first") == "fork"
    assert contradiction(ANCHOR, HEAD, "ab" * 32, "other") == "first-key"
