"""Anchors: where each series stood, signed and kept outside the database, moved behind commits.

A file per series beside the database, and an object on the token where the signer has one. Nothing
of this is done per sale: every few seconds the heads that moved are signed, one signature each.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from app.fiscal.anchor import Anchor, Contradiction, contradiction, read_anchor
from app.fiscal.errors import FiscalError
from app.fiscal.ledger import Head, clock_text, utc_time
from app.fiscal.numbering import fiscal_number
from app.fiscal.seal import compact, signing_input
from app.fiscal.trusted_time import RELEASED, Reading, check_plausible
from app.fiscal.verification import PublicKey
from app.services.ledger.keys import check_own_key, first_key, keys_here, own_fingerprint
from app.services.ledger.opening import moved, stop
from app.services.ledger.party import Calls, SealingParty
from app.store.engine import Engine, Session, Unreachable, reading, writing
from app.store.ledger import standing
from app.store.ledger.anchors import AnchorFolder
from app.store.ledger.entries import Key
from app.store.outlets import outlet_ids
from app.store.tables.ledger import Series
from app.store.tenancy import EVERYWHERE

SECONDS: Final = 10
"""An anchor is at most so old while the process runs."""
AT_ONCE: Final = 8
"""Signatures that the sealing thread makes for anchors before it looks at sales again."""

_log = structlog.get_logger()

_WORDS: Final[Mapping[Contradiction, str]] = {
    "behind": (
        "Cette base est plus ancienne que ce qui est déjà scellé : la série {series} est allée "
        "jusqu’à {number} au moins, et ces écritures manquent ici."
    ),
    "fork": (
        "Deux bases ont écrit dans la série {series} : à la place {position}, l’écriture d’ici "
        "n’est pas celle qui fut scellée."
    ),
    "first-key": (
        "La série {series} ne commence plus par la même clé : ce grand livre a été refait."
    ),
}
_UNREADABLE: Final = "L’ancre de la série {series} ne se vérifie pas."


@dataclass(frozen=True, slots=True)
class Found:
    """An anchor that was kept for a series, or None where its signature does not hold."""

    key: Key
    anchor: Anchor | None


_Move = tuple[Key, Head, Anchor]
"""A series, where it stands, and the anchor that says so."""


def read_all(texts: Iterable[tuple[Key, str]], keys: Mapping[str, PublicKey]) -> list[Found]:
    """The anchors that these texts of folder and token say."""
    return [_found(key, text, keys) for key, text in texts]


def on_token(party: SealingParty) -> list[tuple[Key, str]]:
    """By series, what stands on the signer's token."""
    return [(_named(name), data.decode(errors="replace")) for name, data in party.signer.kept()]


def _named(name: str) -> Key:
    outlet_id, _, series = name.partition("-")
    return outlet_id, series


def _found(key: Key, text: str, keys: Mapping[str, PublicKey]) -> Found:
    try:
        anchor = read_anchor(text, keys)
    except FiscalError as error:
        _log.critical("anchor.unreadable", series="-".join(key), error=str(error))
        return Found(key, None)
    return Found(key, anchor if (anchor.outlet_id, anchor.series) == key else None)


def contradictions(session: Session, party: SealingParty, found: Iterable[Found]) -> dict[Key, str]:
    """By series, in words, how the store contradicts an anchor of a series that was not left."""
    series = standing.series_of_party(session, party.signer.authority, EVERYWHERE)
    heads = {(row.outlet_id, row.series): row for row in series}
    known = {row.outlet_id for row in series} | set(outlet_ids(session))
    said = {}
    for one in found:
        row = heads.get(one.key)
        if one.key[0] in known and (row is None or row.standing != "left"):
            words = judge(session, one)
            if words:
                said[one.key] = words
    return said


def judge(session: Session, found: Found) -> str | None:
    """How the store contradicts that anchor, in words; None: it does not."""
    row = session.get(Series, found.key)
    head = Head(*found.key) if row is None else standing.head_of(row)
    name, anchor = "-".join(found.key), found.anchor
    if anchor is None:
        return _UNREADABLE.format(series=name)
    there = standing.hash_at(session, found.key, anchor.position)
    how = contradiction(anchor, head, there, first_key(session, found.key)[1])
    if how is None:
        return None
    number = fiscal_number(*found.key, anchor.counter) if anchor.counter else name
    return _WORDS[how].format(series=name, number=number, position=anchor.position)


class Anchoring:
    """Moves the anchors of one process, and stops an outlet whose store contradicts one."""

    def __init__(self, engine: Engine, sealing: Calls, folder: AnchorFolder) -> None:
        self._engine, self._sealing, self._folder = engine, sealing, folder
        self._anchored: dict[Key, Head] = {}
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="anchors", daemon=True)

    def start(self) -> None:
        """The anchors are moved at once, and again every few seconds."""
        self._thread.start()

    def stop(self) -> None:
        """The anchors stand where the series do."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()
        self.move_or_say()

    def _run(self) -> None:
        self.move_or_say()
        while not self._ending.wait(SECONDS):
            self.move_or_say()

    def move_or_say(self) -> None:
        """`move`; what keeps it from moving is told, and it is tried again."""
        try:
            self.move()
        except (FiscalError, Unreachable, OSError) as error:
            _log.warning("anchors.not_moved", error=repr(error))

    def move(self) -> None:
        """Every series that may grow is anchored where it stands, if no anchor contradicts it.

        Raises:
            SealRefused: nothing can be sealed now.
        """
        # Anchors are read before the store: another process moves one behind its commit, so that
        # what an anchor says is in the store already, unless this is another store.
        party, texts = self._sealing.call(self._on_token).result()
        texts += self._folder.read().items()
        with reading(self._engine) as session:
            found = read_all(texts, keys_here(session, party))
            wrong = contradictions(session, party, found)
            wanted = self._wanted(session, party)
        if wrong:
            self._sealing.call(
                lambda party, now: stop_all(self._engine, party, wrong, now)
            ).result()
        moving = [(key, head, anchor) for key, head, anchor in wanted if key not in wrong]
        for first in range(0, len(moving), AT_ONCE):
            self._move_some(moving[first : first + AT_ONCE])

    def _on_token(
        self, party: SealingParty, _now: Callable[[Session], str]
    ) -> tuple[SealingParty, list[tuple[Key, str]]]:
        with reading(self._engine) as session:
            party.moved.update(moved(session, party))
        return party, on_token(party)

    def _wanted(self, session: Session, party: SealingParty) -> list[_Move]:
        signer, mine = party.signer, own_fingerprint(party)
        wanted = []
        for row in standing.series_of_party(session, signer.authority, EVERYWHERE):
            head = standing.head_of(row)
            key = (row.outlet_id, row.series)
            if row.standing == "open" and row.position and self._anchored.get(key) != head:
                first = first_key(session, key)[1]
                wanted.append((key, head, _anchor(signer.authority, head, first, mine)))
        return wanted

    def _move_some(self, moves: Sequence[_Move]) -> None:
        anchors = [anchor for _, _, anchor in moves]
        texts = self._sealing.call(lambda party, _now: sign(party, anchors)).result()
        for (key, head, _), text in zip(moves, texts, strict=True):
            self._folder.write(key, text)
            self._anchored[key] = head


def _anchor(authority: str, head: Head, first: str, mine: str) -> Anchor:
    return Anchor(
        authority=authority,
        outlet_id=head.outlet_id,
        series=head.series,
        position=head.position,
        entry_hash=head.entry_hash,
        counter=head.counter,
        first_key=first,
        key=mine,
        timestamp=head.timestamp,
    )


def sign(party: SealingParty, anchors: Sequence[Anchor]) -> list[str]:
    """Each anchor as a compact JWS; they stand on the signer's token too, where it keeps such."""
    texts = []
    for anchor in anchors:
        to_sign = signing_input(party.signer.kid, anchor.document())
        text = compact(to_sign, party.signer.seal(to_sign))
        party.signer.keep(f"{anchor.outlet_id}-{anchor.series}", text.encode())
        texts.append(text)
    return texts


def stop_all(
    engine: Engine, party: SealingParty, wrong: Mapping[Key, str], now: Callable[[Session], str]
) -> None:
    """Each of these outlets is in quarantine, for the reason in words."""
    with writing(engine) as session:
        at = now(session)
        for key, words in sorted(wrong.items()):
            _log.critical("anchor.contradicts", series="-".join(key), words=words)
            stop(session, party, key, words, at)


@dataclass(frozen=True, slots=True)
class Admission:
    """What a sealing party must stand before it seals in this process."""

    engine: Engine
    folder: AnchorFolder

    def __call__(self, party: SealingParty, clock: Reading) -> None:
        """The party may seal; outlets whose store contradicts an anchor are in quarantine.

        Raises:
            SealRefused: the key or the clock is not to be trusted.
        """
        texts = [*on_token(party), *self.folder.read().items()]
        with reading(self.engine) as session:
            check_own_key(session, party)
            found = read_all(texts, keys_here(session, party))
            wrong = contradictions(session, party, found)
            known = _last_known(session, party, found)
            party.moved.update(moved(session, party))
        if wrong:
            at = clock_text(clock.wall)
            stop_all(self.engine, party, wrong, lambda _session: at)
        check_plausible(clock.wall, int(utc_time(RELEASED).timestamp()), known)


def _last_known(session: Session, party: SealingParty, found: list[Found]) -> int:
    """The newest time that entries and anchors tell, seconds since 1970; 0: nothing was sealed."""
    series = standing.series_of_party(session, party.signer.authority, EVERYWHERE)
    left = {(row.outlet_id, row.series) for row in series if row.standing == "left"}
    times = [one.anchor.timestamp for one in found if one.anchor and one.key not in left]
    last = max([*times, standing.last_time(session, EVERYWHERE)])
    return int(utc_time(last).timestamp()) if last else 0
