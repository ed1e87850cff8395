"""The ways out of quarantine, and out of a wrong future: by two people, and recorded.

The missing entries come back from a newer copy, or another series takes the place of this one and
its first entry says, under seal, what is missing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.fiscal.errors import FiscalError, SeriesExhausted, VerificationFailed
from app.fiscal.ledger import utc_time
from app.fiscal.numbering import fiscal_number
from app.fiscal.proof import Start, verify_ledger
from app.fiscal.trusted_time import RELEASED, SMALL_STEP_SECONDS, check_plausible
from app.services.ledger import anchoring
from app.services.ledger.facts import append_event, append_event_in
from app.services.ledger.keys import check_own_key, keys_here, public_keys
from app.services.ledger.opening import moved, open_series
from app.services.ledger.party import SealingParty
from app.store.cases.cases import close_case, open_case, open_cases
from app.store.dgi.deliveries import change_state, unfinished_of
from app.store.engine import Engine, Session, reading, writing
from app.store.ledger import entries as rows
from app.store.ledger import newer_copy, standing
from app.store.ledger.anchors import AnchorFolder
from app.store.outlets import OutletFacts, outlet_facts, outlet_ids
from app.store.tenancy import EVERYWHERE

MOST_SERIES: Final = 99
"""A series has at most two digits."""


class NoWayOut(FiscalError):
    """That way does not lead out; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Left:
    """Why a series is left, and who decided it: two people, who answer for it."""

    why: str
    by: str
    witness: str


def succeed(
    session: Session, party: SealingParty, outlet: OutletFacts, left: Left, known: str, at: str
) -> str:
    """Another series takes the place of what that party wrote in the outlet; returns its name.

    Its first entry says, under seal, where the old one stood here, how far it is known to have
    gone (`known`: a fiscal number), why it was left and by whom. What still waited for the DGI may
    have been sent in the time that is missing: people decide about it.

    Raises:
        SeriesExhausted: an outlet has 99 series.
    """
    outlet_id = outlet.outlet_id
    series = standing.series_of_party(session, party.signer.authority, outlet_id)
    old = max((row for row in series if row.standing != "left"), key=lambda row: row.position)
    name = _next_name(session, outlet_id)
    for row in series:
        standing.set_standing(session, (outlet_id, row.series), "left")
    party.moved[outlet_id] = name
    after = {
        "series": old.series,
        "position": str(old.position),
        "entry_hash": old.entry_hash,
        "counter": str(old.counter),
        "known": known,
        "why": left.why,
        "by": left.by,
        "witness": left.witness,
    }
    open_series(session, party, outlet, at, {name: text for name, text in after.items() if text})
    return name


def _next_name(session: Session, outlet_id: str) -> str:
    taken = max((int(row.series) for row in rows.series_of(session, outlet_id)), default=0)
    if taken >= MOST_SERIES:
        raise SeriesExhausted(f"{outlet_id} has no series left")
    return str(taken + 1)


def doubt_what_waits(session: Session, outlet_id: str, at: str) -> int:
    """What was on its way to the DGI is for two people to decide; returns how many."""
    reason = "La base vient d’une copie : cet envoi a peut-être été fait dans le temps qui manque."
    waiting = unfinished_of(session, outlet_id)
    for row in waiting:
        row.doubt_since, row.doubt_reason, row.next_try = at, reason, 0
        change_state(session, row, "in_doubt", at, reason)
        open_case(session, outlet_id, "in_doubt", row.sale_id, text=reason, fix="manager", at=at)
    return len(waiting)


def end(session: Session, outlet_id: str, by: str, outcome: str, at: str) -> None:
    """The outlet is out of quarantine: its cases say how."""
    for case in open_cases(session, outlet_id):
        if case.kind == "quarantine":
            close_case(session, outlet_id, "quarantine", case.about, by=by, outcome=outcome, at=at)


def in_quarantine(engine: Engine) -> list[tuple[str, str]]:
    """Each outlet in quarantine, and why."""
    with reading(engine) as session:
        return [
            (outlet_id, case.text)
            for outlet_id in outlet_ids(session)
            for case in open_cases(session, outlet_id)
            if case.kind == "quarantine"
        ]


@dataclass(frozen=True, slots=True)
class WaysOut:
    """What two people do at a machine, at that time; a running process follows within seconds."""

    engine: Engine
    party: SealingParty
    folder: AnchorFolder
    by: str
    witness: str
    at: str

    def open_another(self, outlet_id: str) -> str:
        """Another series stands in the place of the one in quarantine; returns its name.

        Raises:
            NoWayOut: the outlet is not in quarantine.
            SealRefused: the key or the time is not to be trusted.
        """
        with writing(self.engine) as session:
            outlet = self._quarantined(session, outlet_id)
            left = Left("quarantine", self.by, self.witness)
            known = self._known(session, outlet_id)
            name = succeed(session, self.party, outlet, left, known, self.at)
            doubt_what_waits(session, outlet_id, self.at)
            said = f"La série {name} s’ouvre ; sa première écriture dit ce qui manque."
            end(session, outlet_id, self.by, said, self.at)
        return name

    def take_from(self, newer: Engine, outlet_id: str) -> int:
        """What a newer copy has stands here too, and the series may grow; returns the entries.

        Raises:
            NoWayOut: it is no newer copy of this store, or not new enough.
            VerificationFailed: its ledger does not hold.
        """
        with writing(self.engine) as session, reading(newer) as copy:
            self._quarantined(session, outlet_id)
            _verify(copy, outlet_id)
            for row in standing.series_of_party(session, self.party.signer.authority, outlet_id):
                there = standing.hash_at(copy, (outlet_id, row.series), row.position)
                if row.position and there != row.entry_hash:
                    raise NoWayOut(f"la série {row.series} de cette copie a un autre passé")
            count = newer_copy.take(session, copy, outlet_id)
            wrong = self._contradicted(session, outlet_id)
            if wrong:
                raise NoWayOut(f"cette copie ne suffit pas : {wrong}")
            more = {"entries": str(count), "by": self.by, "witness": self.witness}
            said = "Les écritures qui manquaient sont reprises d’une copie plus récente."
            self.party.moved.update(moved(session, self.party))
            key = self.party.key(outlet_id)
            append_event(session, key, "ledger.restored", said, more, self.at)
            end(session, outlet_id, self.by, said, self.at)
        return count

    def confirm_time(self) -> Iterator[str]:
        """The clock is right now: every series says so; one that went on in a future is left.

        Raises:
            SealRefused: the key is another, or the clock is older than this software.
        """
        now = int(utc_time(self.at).timestamp())
        check_plausible(now, int(utc_time(RELEASED).timestamp()), 0)
        with writing(self.engine) as session:
            check_own_key(session, self.party)
            self.party.moved.update(moved(session, self.party))
            series = standing.series_of_party(session, self.party.signer.authority, EVERYWHERE)
            for row in series:
                if row.standing == "open":
                    yield self._confirmed(session, row.outlet_id, row.timestamp, now)

    def _confirmed(self, session: Session, outlet_id: str, last: str, now: int) -> str:
        if int(utc_time(last).timestamp()) <= now + SMALL_STEP_SECONDS:
            more = {"by": self.by, "witness": self.witness}
            text = "L’heure de cette machine a été vérifiée."
            key = self.party.key(outlet_id)
            append_event_in(session, [key], "time.confirmed", text, more, self.at, "time")
            return f"{outlet_id} : l'heure est confirmée."
        outlet = outlet_facts(session, outlet_id)
        if outlet is None:
            raise NoWayOut(f"{outlet_id} n'existe plus")
        left = Left("future", self.by, self.witness)
        name = succeed(session, self.party, outlet, left, last, self.at)
        return f"{outlet_id} : la dernière écriture dit {last} ; la série {name} s'ouvre à l'heure."

    def _quarantined(self, session: Session, outlet_id: str) -> OutletFacts:
        outlet = outlet_facts(session, outlet_id)
        if outlet is None or not standing.in_quarantine(session, outlet_id):
            raise NoWayOut(f"{outlet_id} n'est pas en quarantaine")
        check_own_key(session, self.party)
        return outlet

    def _found(self, session: Session, outlet_id: str) -> list[anchoring.Found]:
        texts = [*anchoring.on_token(self.party), *self.folder.read().items()]
        of_outlet = [(key, text) for key, text in texts if key[0] == outlet_id]
        return anchoring.read_all(of_outlet, keys_here(session, self.party))

    def _contradicted(self, session: Session, outlet_id: str) -> str:
        found = self._found(session, outlet_id)
        return " ".join(anchoring.contradictions(session, self.party, found).values())

    def _known(self, session: Session, outlet_id: str) -> str:
        """The highest fiscal number that an anchor knows; empty: none does."""
        anchors = [one.anchor for one in self._found(session, outlet_id) if one.anchor]
        last = max(anchors, key=lambda anchor: anchor.position, default=None)
        return fiscal_number(outlet_id, last.series, last.counter) if last and last.counter else ""


def _verify(copy: Session, outlet_id: str) -> None:
    series = rows.series_of(copy, outlet_id)
    walks = (
        (outlet_id, row.series, Start(), rows.walk_entries(copy, outlet_id, row.series))
        for row in series
    )
    verified = verify_ledger(walks, public_keys(copy))
    for row in series:
        if row.position and verified.heads.get(row.series) != row.entry_hash:
            raise VerificationFailed(5, f"{outlet_id}-{row.series}", "la tête n'est pas la fin")
