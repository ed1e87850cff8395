"""The probe log: a good one, good ones broken in exactly one way, and what keeps uses apart."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fiscal.canonical import canonical, decode, digest
from app.fiscal.errors import NotCanonical, VerificationFailed
from app.fiscal.probe import (
    PARTS,
    STATES,
    Outage,
    State,
    Statement,
    following,
    outages,
    probe_line,
    read_statement,
)
from app.fiscal.probe_proof import (
    STEPS,
    ChainBroken,
    KeyUnknown,
    LineUnreadable,
    NothingSigned,
    NumberSkipped,
    ProbeFailed,
    SignatureWrong,
    SinceWrong,
    StatementDiffers,
    TimeWentBack,
    VerifiedProbes,
    verify_probes,
)
from app.fiscal.seal import NotASeal
from app.fiscal.verification import read_keys
from tests.fiscal.forging import forged
from tests.fiscal.sample_ledger import FIRST, GOOD, failed
from tests.given.keys import KEY, ThrowAwayKey, public_keys, throw_away_key
from tests.given.ledgers import open_book, sell
from tests.given.requests import Document

OUTLET: Final = "KIN01"
UP: Final[dict[str, State]] = {
    "lan": "up", "internet": "none", "dgi": "up", "signer": "up", "device": "none",
}  # fmt: skip
DGI_DOWN, ALL_UP = UP | {"dgi": "down"}, UP
NO_SIGNER = UP | {"signer": "down"}
MEASURES: Final = (UP, DGI_DOWN, NO_SIGNER, UP, DGI_DOWN)
"""Hour by hour; the third could not be signed, and the fourth covers it."""

Written = list[tuple[Document, str | None]]
"""Statements in order with the JWS of each."""


def written(measures: tuple[dict[str, State], ...] = MEASURES, key: ThrowAwayKey = KEY) -> Written:
    log: Written = []
    before: bytes | None = None
    for hour, parts in enumerate(measures):
        statement = following(
            before,
            authority=key.authority,
            outlet_id=OUTLET,
            at=f"2026-11-22T{hour:02}:00:00Z",
            parts=parts,
        )
        document = statement.document()
        before = canonical(document)
        log.append((document, key.seal(document) if parts["signer"] == "up" else None))
    return log


def lines(log: Written) -> list[bytes]:
    return [probe_line(canonical(document), signature) for document, signature in log]


def judged(log: Sequence[tuple[Document, str | None]] | list[bytes]) -> VerifiedProbes:
    data = [one if isinstance(one, bytes) else lines([one])[0] for one in log]
    return verify_probes(data, public_keys())


def statements(log: Written) -> list[Statement]:
    return [read_statement(canonical(document)) for document, _ in log]


def test_a_good_log_holds_and_says_what_no_signature_covers() -> None:
    verified = judged(written())
    assert (len(verified.statements), verified.signed, verified.covered) == (5, 4, 5)
    open_end = judged(written((*MEASURES, NO_SIGNER, NO_SIGNER)))
    assert (len(open_end.statements), open_end.signed, open_end.covered) == (7, 4, 5)


def test_each_state_lasts_since_it_began() -> None:
    first, second, third, fourth, fifth = (s.since for s in statements(written()))
    midnight = "2026-11-22T00:00:00Z"
    assert first == dict.fromkeys(PARTS, midnight)
    assert second["dgi"] == "2026-11-22T01:00:00Z"
    assert third["signer"] == third["dgi"] == "2026-11-22T02:00:00Z"
    assert (fourth["dgi"], fourth["signer"]) == ("2026-11-22T02:00:00Z", "2026-11-22T03:00:00Z")
    assert {each["lan"] for each in (second, third, fourth, fifth)} == {midnight}


def test_outages_are_told_with_their_beginning_and_their_end() -> None:
    assert outages(statements(written())) == [
        Outage("dgi", "2026-11-22T01:00:00Z", "2026-11-22T02:00:00Z"),
        Outage("signer", "2026-11-22T02:00:00Z", "2026-11-22T03:00:00Z"),
        Outage("dgi", "2026-11-22T04:00:00Z", None),
    ]
    assert outages([]) == []


def test_a_clock_that_steps_back_does_not_take_the_log_back() -> None:
    (first, _), *_ = written((UP,))
    again = following(
        canonical(first), authority="kin-1", outlet_id=OUTLET, at="2020-01-01T00:00:00Z",
        parts=DGI_DOWN,
    )  # fmt: skip
    assert (again.number, again.at) == (2, first["at"])
    judged([(first, KEY.seal(first)), (again.document(), KEY.seal(again.document()))])


MEASURED = st.fixed_dictionaries({part: st.sampled_from(sorted(STATES)) for part in PARTS})


@given(st.lists(MEASURED, min_size=1, max_size=12))
def test_whatever_is_measured_makes_a_log_that_holds(measures: list[dict[str, State]]) -> None:
    measures = [*measures, UP]
    verified = judged(written(tuple(measures)))
    assert [dict(s.parts) for s in verified.statements] == measures
    for part in PARTS:
        found = [o for o in outages(verified.statements) if o.part == part]
        downs = [m[part] == "down" for m in measures]
        assert len(found) == sum(now and not before for before, now in pairwise([False, *downs]))
        assert all(o.until is None or o.since < o.until for o in found)


# --- A good log broken in exactly one way

Break = Callable[[], list[bytes]]


def changed(
    index: int, change: Callable[[Document], Any], key: ThrowAwayKey = KEY, *, rechain: bool = True
) -> Break:
    """That statement says something else, signed anew, and the later ones follow it."""

    def make() -> list[bytes]:
        log = written()
        document = change(dict(log[index][0]))
        log[index] = (document, key.seal(document) if log[index][1] else None)
        for n in range(index + 1, len(log) if rechain else 0):
            later = log[n][0] | {"previous": digest(canonical(log[n - 1][0]))}
            log[n] = (later, KEY.seal(later) if log[n][1] else None)
        return lines(log)

    return make


def says(**members: Any) -> Callable[[Document], Document]:
    return lambda document: {
        name: value for name, value in (document | members).items() if value is not None
    }


def part_says(group: str, **members: Any) -> Callable[[Document], Document]:
    return lambda document: document | {group: document[group] | members}


def line_is(index: int, change: Callable[[bytes], bytes]) -> Break:
    def make() -> list[bytes]:
        data = lines(written())
        data[index] = change(data[index])
        return data

    return make


def signature_is(index: int, make_signature: Callable[[Written], str | None]) -> Break:
    def make() -> list[bytes]:
        log = written()
        log[index] = (log[index][0], make_signature(log))
        return lines(log)

    return make


def last_signature(log: Written) -> str:
    signature = log[-1][1]
    assert signature is not None
    return signature


def flipped(log: Written) -> str:
    text = last_signature(log)
    return text[:-10] + ("A" if text[-10] != "A" else "B") + text[-9:]


def member(name: str, value: Any) -> Callable[[bytes], bytes]:
    return lambda line: canonical(decode(line) | {name: value}) + b"\n"


UNREADABLE: dict[str, Break] = {
    "a line is empty": line_is(1, lambda _: b"\n"),
    "a line is cut": line_is(1, lambda line: line[:-20]),
    "a line has a blank": line_is(1, lambda line: line.replace(b":", b": ", 1)),
    "a line has a member too many": line_is(1, member("note", "x")),
    "a line has no statement": line_is(1, lambda _: b'{"signature":"x"}\n'),
    "a signature is a list": line_is(1, member("signature", ["x"])),
    "a statement is an object": line_is(1, member("statement", {"v": "probe/1"})),
    "a statement is no JSON": line_is(1, member("statement", "{")),
    "a statement is of another version": changed(1, says(v="probe/2")),
    "a statement is a seal": changed(1, says(v="seal/1")),
    "a statement lacks a member": changed(1, says(previous=None)),
    "a statement has a member too many": changed(1, says(note="x")),
    "an authority is a list": changed(1, says(authority=["kin-1"])),
    "a number has a leading zero": changed(1, says(number="02")),
    "a number is zero": changed(1, says(number="0")),
    "a number is in Arabic-Indic digits": changed(1, says(number="\u0662")),
    "the parts are a text": changed(1, says(parts="up")),
    "a part is missing": changed(1, says(parts={"lan": "up"})),
    "a part is unheard of": changed(1, part_says("parts", moon="up")),
    "a part is in no known state": changed(1, part_says("parts", dgi="asleep")),
    "a state is an object": changed(1, part_says("parts", dgi={"a": "up"})),
    "a time does not exist": changed(1, says(at="2026-11-31T10:00:00Z")),
    "a since has another spelling": changed(1, part_says("since", dgi="20261122T101531Z")),
}
CHAIN: dict[str, Break] = {
    "an entry was removed": lambda: [*lines(written())[:1], *lines(written())[2:]],
    "the first entry was removed": lambda: lines(written())[1:],
    "two entries changed places": lambda: [lines(written())[n] for n in (0, 2, 1, 3, 4)],
    "an entry stands twice": lambda: [*lines(written())[:2], *lines(written())[1:]],
    "an unsigned entry was rewritten": changed(2, says(authority="kin-2"), rechain=False),
    "the first entry names something": changed(0, says(previous="1" * 64)),
}
NUMBER: dict[str, Break] = {
    "a number is skipped": changed(1, says(number="3")),
    "the first number is not one": changed(0, says(number="2")),
    "an entry is of another outlet": changed(1, says(outlet_id="LUB01")),
}
TIME: dict[str, Break] = {
    "an entry is older than the one before it": changed(3, says(at="2026-11-22T01:00:00Z")),
}
SINCE: dict[str, Break] = {
    "an outage is said to be shorter": changed(2, part_says("since", dgi="2026-11-22T02:30:00Z")),
    "an outage is said to have begun before": changed(
        1, part_says("since", dgi="2026-11-22T00:30:00Z")
    ),
    "a state of the first entry is older than it": changed(
        0, part_says("since", dgi="2026-11-21T00:00:00Z")
    ),
    "a state that lasts begins anew": changed(1, part_says("since", lan="2026-11-22T01:00:00Z")),
}
KEYS: dict[str, Break] = {
    "a signature is no JWS": signature_is(4, lambda _: "signature"),
    "a signature has two parts": signature_is(4, lambda log: last_signature(log)[:-90]),
    "a key is unknown": changed(4, dict, throw_away_key(kid="k2")),
    "another authority": changed(4, says(authority="centre")),
    "a time before the key": lambda: lines(
        [(d, KEY.seal(d)) for d in [written()[0][0] | _old("2024-12-31T23:59:59Z")]]
    ),
    "a seal stands for the signature": signature_is(
        4, lambda _: str(decode(GOOD[FIRST].entry)["seal"])
    ),
    "an export's manifest stands for the signature": signature_is(
        4, lambda log: KEY.seal(log[4][0] | {"v": "audit/1"})
    ),
}
SIGNATURE: dict[str, Break] = {
    "a bit of a signature changed": signature_is(4, flipped),
    "another key of the same name signed": changed(4, dict, throw_away_key(secret=8)),
}
DIFFERS: dict[str, Break] = {
    "a signature is that of another entry": signature_is(4, lambda log: log[3][1]),
    "a signed entry was rewritten": signature_is(
        4, lambda log: KEY.seal(log[4][0] | {"at": "2026-11-22T05:00:00Z"})
    ),
}
UNSIGNED: dict[str, Break] = {
    "nothing is in the log": list,
    "no entry is signed": lambda: lines([(d, None) for d, _ in written()]),
}
BREAKS: Final[dict[type[ProbeFailed], dict[str, Break]]] = {
    LineUnreadable: UNREADABLE,
    ChainBroken: CHAIN,
    NumberSkipped: NUMBER,
    TimeWentBack: TIME,
    SinceWrong: SINCE,
    KeyUnknown: KEYS,
    SignatureWrong: SIGNATURE,
    StatementDiffers: DIFFERS,
    NothingSigned: UNSIGNED,
}


def _old(at: str) -> Document:
    return {"at": at, "since": dict.fromkeys(PARTS, at)}


@pytest.mark.parametrize(
    ("reason", "broken"),
    [
        pytest.param(reason, broken, id=sentence)
        for reason, table in BREAKS.items()
        for sentence, broken in table.items()
    ],
)
def test_a_log_broken_in_one_way_fails_at_its_step(
    reason: type[ProbeFailed], broken: Break
) -> None:
    with pytest.raises(VerificationFailed) as caught:
        judged(broken())
    assert type(caught.value) is reason
    assert caught.value.step == reason.number


def test_every_step_has_a_reason_and_a_name() -> None:
    assert [reason.number for reason in BREAKS] == list(STEPS) == list(range(1, 10))


def test_a_key_of_other_outlets_signs_nothing_here() -> None:
    elsewhere = read_keys({"keys": [KEY.jwk(outlets=["LUB01"])]})
    with pytest.raises(KeyUnknown):
        verify_probes(lines(written()), elsewhere)


# --- A probe is no seal


def test_a_signed_probe_cannot_stand_as_the_seal_of_an_entry() -> None:
    probe = written()[0][1]
    broken = forged(GOOD, FIRST, entry=lambda entry: entry | {"seal": probe})
    assert failed(broken).step == 6


def test_a_statement_of_a_seal_is_no_probe_and_the_other_way_round() -> None:
    book = open_book()
    sell(book)
    sealed = decode(book.entries[-1].entry)["seal"]
    with pytest.raises(NotCanonical):
        read_statement(sealed.encode())
    assert not issubclass(ProbeFailed, NotASeal)


def test_a_line_without_its_line_feed_is_read_too() -> None:
    data = lines(written())
    data[-1] = data[-1].removesuffix(b"\n")
    assert len(verify_probes(data, public_keys()).statements) == 5


def test_a_statement_is_read_as_it_was_written() -> None:
    for statement in statements(written()):
        assert read_statement(canonical(statement.document())) == statement
        assert replace(statement, number=9).document()["number"] == "9"
