"""What must hold of a whole history: I1 to I9 as far as the sync can break them.

I1 no acknowledged sale is lost · I2 numbers are dense and used once · I3 one seal, one code and one
confirmed uid a sale · I4 the proof holds · I5 our normalised invoices are the authority's · I6 only
a normalised invoice looks like one · I7 doubts, failures and clock steps are entries · I8 selling
never waits (checked at each sale) · I9 not a byte of one outlet reaches another.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from sqlmodel import col, select

from app.fiscal.canonical import parse_canonical
from app.fiscal.ledger import parse_entry, sealed_statement
from app.printing.paper import NoPaper, check
from app.services.papers.receipts import paper_of
from app.services.proof.fsck import all_sales, check_store
from app.store.dgi import deliveries
from app.store.engine import Engine, Session, reading
from app.store.ledger.sales import SaleState
from app.store.tables.cases import Case
from app.store.tables.dgi import ControlAnswer, ControlCall, DeliveryChange
from app.store.tables.ledger import Answer, LedgerEntry
from app.store.tables.messages import Announcement
from tests.given.shop_in_process import HOST

if TYPE_CHECKING:
    from tests.simulation.what_is_sold import SimulatedOutlet
    from tests.simulation.world import World


@dataclass(frozen=True, slots=True)
class Seen:
    """One sale as the store holds it at the end."""

    place: "SimulatedOutlet"
    state: SaleState
    reference: str
    normalised: dict[str, Any] | None
    refused: dict[str, Any] | None
    events: frozenset[str]
    exchanges: list[deliveries.Exchange]
    changes: list[DeliveryChange]

    @property
    def sale_id(self) -> str:
        return self.state.sale.sale_id

    @property
    def on_its_way(self) -> str:
        """The state of its delivery."""
        assert self.state.delivery is not None, "a sale has no delivery"
        return self.state.delivery.state


@dataclass(slots=True)
class Counts:
    """How often each invariant was checked, and what the sales came to."""

    checks: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _About:
    """What stands about each sale, read at once for all."""

    facts: dict[tuple[str, str], list[dict[str, Any]]]
    """By kind and fiscal number."""
    exchanges: dict[str, list[deliveries.Exchange]]
    changes: dict[str, list[DeliveryChange]]


def seen_sales(world: "World") -> list[Seen]:
    """Every sale of every outlet."""
    with reading(world.engine) as session:
        about = _About(_facts(session), _exchanges(session), _changes(session))
        return [
            _seen(place, state, about)
            for place in world.places
            for state in all_sales(session, place.outlet_id)
        ]


def _facts(session: Session) -> dict[tuple[str, str], list[dict[str, Any]]]:
    facts: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    query = select(LedgerEntry.kind, LedgerEntry.about, LedgerEntry.body)
    for kind, number, body in session.exec(query.where(col(LedgerEntry.kind) != "invoice")):
        facts[kind, number or ""].append(parse_canonical(body))
    return facts


def _exchanges(session: Session) -> dict[str, list[deliveries.Exchange]]:
    answers = {(row.sale_id, row.number): row for row in session.exec(select(ControlAnswer))}
    exchanges: dict[str, list[deliveries.Exchange]] = defaultdict(list)
    for call in session.exec(select(ControlCall).order_by(col(ControlCall.number))):
        answer = answers.get((call.sale_id, call.number))
        exchanges[call.sale_id].append(deliveries.Exchange(call, answer))
    return exchanges


def _changes(session: Session) -> dict[str, list[DeliveryChange]]:
    changes: dict[str, list[DeliveryChange]] = defaultdict(list)
    for change in session.exec(select(DeliveryChange).order_by(col(DeliveryChange.number))):
        changes[change.sale_id].append(change)
    return changes


def _seen(place: "SimulatedOutlet", state: SaleState, about: _About) -> Seen:
    number, sale_id = state.sale.fiscal_number, state.sale.sale_id
    normalised, refused, events = (
        about.facts[kind, number] for kind in ("normalised", "refused", "event")
    )
    assert len(normalised) + len(refused) <= 1, f"{number} has two ends"  # I3
    return Seen(
        place=place,
        state=state,
        reference=sealed_statement(parse_entry(state.sale.entry))["reference"],
        normalised=normalised[0] if normalised else None,
        refused=refused[0] if refused else None,
        events=frozenset(event["name"] for event in events),
        exchanges=about.exchanges[sale_id],
        changes=about.changes[sale_id],
    )


def check_history(world: "World") -> Counts:
    """Every invariant holds of what is stored and of what the authority recorded."""
    counts = Counts()
    check_store(world.engine)  # I2 and I4, and the frozen answers
    sales = seen_sales(world)
    recorded = world.authority.invoices()
    cases = _cases(world.engine)
    for name, check_it in CHECKS.items():
        counts.checks[name] += check_it(world, sales, recorded, cases)
    for sale in sales:
        counts.ends[_end(sale)] += 1
    return counts


def _end(sale: Seen) -> str:
    if sale.normalised:
        return "normalised"
    if sale.refused:
        return f"refused by {sale.refused['by']}"
    return sale.on_its_way.replace("_", " ")


def _cases(engine: Engine) -> list[Case]:
    with reading(engine) as session:
        return list(session.exec(select(Case)))


Recorded = list[dict[str, Any]]


def check_acknowledged(world: "World", sales: list[Seen], _r: Recorded, _c: list[Case]) -> int:
    """I1: what a till was told is sealed is in the ledger, as it was told, and nothing else is."""
    held = {sale.sale_id: sale.state.sale for sale in sales}
    for acknowledged in world.tills.acknowledged():
        assert acknowledged.sale_id in held, f"{acknowledged.sale_id} is lost"
        assert held[acknowledged.sale_id].fiscal_number == acknowledged.fiscal_number
        assert held[acknowledged.sale_id].entry_hash == acknowledged.entry_hash
    made = {sale.sale_id for sale in world.tills.sales if not sale.impossible}
    assert set(held) <= made, "a sale that nobody made is sealed"
    return len(held)


def check_numbers(_w: "World", sales: list[Seen], _r: Recorded, _c: list[Case]) -> int:
    """I2: fiscal numbers are dense from 1 in each outlet."""
    by_outlet: dict[str, list[int]] = defaultdict(list)
    for sale in sales:
        number = sale.state.sale.fiscal_number
        by_outlet[sale.place.outlet_id].append(int(number.rpartition("-")[2]))
    for numbers in by_outlet.values():
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
    return len(sales)


def check_one_uid(world: "World", sales: list[Seen], recorded: Recorded, _c: list[Case]) -> int:
    """I3: one uid of a sale was ever asked to be confirmed, and at most one was recorded."""
    references = Counter((invoice["nim"], invoice["rn"]) for invoice in recorded)
    assert all(times == 1 for times in references.values()), "an invoice was recorded twice"
    sale_of_uid: dict[str, str] = {}
    for sale in sales:
        uids = {e.call.uid for e in sale.exchanges if e.call.step == "confirm"}
        assert len(uids) <= 1, f"{sale.reference}: {uids}"
        for exchange in sale.exchanges:
            if exchange.call.uid is not None:
                uid = exchange.call.uid.lower()
                assert sale_of_uid.setdefault(uid, sale.sale_id) == sale.sale_id
    confirmed = {heard.uid for heard in world.air.heard if heard.endpoint == "confirm"}
    assert confirmed <= set(sale_of_uid), "a confirm was sent that nobody wrote down before"
    return len(sales)


def check_agreement(_w: "World", sales: list[Seen], recorded: Recorded, cases: list[Case]) -> int:
    """I5: our normalised invoices are the authority's, one to one, but for those in doubt."""
    ours = {(sale.place.nim, sale.reference): sale for sale in sales}
    theirs = {(invoice["nim"], invoice["rn"]): invoice for invoice in recorded}
    differing = {case.about for case in cases if case.kind == "elements"}
    for key, sale in ours.items():
        invoice = theirs.get(key)
        if sale.normalised:
            assert invoice is not None, f"{key} has a code that the authority never gave"
            _check_elements(sale.normalised, invoice, sale.sale_id in differing)
        elif invoice is not None:
            assert sale.refused is None, f"{key} was refused by us and recorded there"
            assert sale.on_its_way == "in_doubt", f"{key} is recorded and lost to us"
    assert set(theirs) <= set(ours)
    return len(theirs)


def _check_elements(body: dict[str, Any], invoice: dict[str, Any], differing: bool) -> None:  # noqa: FBT001
    assert body["code_def_dgi"].replace("-", "") == invoice["code"], "another code"
    assert body["uid"].lower() == invoice["uid"]
    assert (body["total"], body["vat"]) == (invoice["total"], invoice["vtotal"])
    if not differing:
        assert body.get("counters") == invoice["counters"], "a divergence that nobody sees"
        assert body.get("nim") == invoice["nim"], "a divergence that nobody sees"


def check_papers(world: "World", sales: list[Seen], _r: Recorded, _c: list[Case]) -> int:
    """I6: the paper of a sale is an invoice only when the authority's elements stand on it."""
    with reading(world.engine) as session:
        for sale in sales:
            paper = paper_of(session, sale.state.sale, HOST)
            try:
                check(paper)
                printable = True
            except NoPaper:
                printable = False
            assert not printable or sale.normalised is not None
            status = sale.state.frozen_status
            assert (status == "normalised") == (sale.normalised is not None)
            assert (status == "refused") == (sale.refused is not None)
            answer = msgspec.json.decode(sale.state.frozen or b"{}")
            assert ("normalisation" in answer) == (sale.normalised is not None)
    return len(sales)


def check_cases(_w: "World", sales: list[Seen], _r: Recorded, cases: list[Case]) -> int:
    """Every divergence is a case that somebody sees, and every open case a divergence."""
    opened = {(case.kind, case.about) for case in cases if case.closed_at is None}
    ever = {(case.kind, case.about) for case in cases}
    for sale in sales:
        about = sale.sale_id
        assert (("in_doubt", about) in opened) == (sale.on_its_way == "in_doubt"), about
        assert (("failed", about) in opened) == (sale.on_its_way == "failed"), about
        acknowledged = ("refused", about) in ever or ("difference", about) in ever
        assert acknowledged or sale.refused is None, f"a refusal that nobody sees: {about}"
        if sale.refused and sale.refused["by"] == "totals":
            assert ("difference", about) in ever
    return len(sales)


def check_events(world: "World", sales: list[Seen], _r: Recorded, _c: list[Case]) -> int:
    """I7: a doubt, a failure and a step of a clock are entries of the ledger."""
    with reading(world.engine) as session:
        steps = _clock_steps(session)
    for place in world.places:
        assert steps[place.outlet_id] >= world.steps_sealed, "a clock step that is no entry"
    for sale in sales:
        states = {change.state for change in sale.changes}
        doubted = "invoice.in_doubt" in sale.events
        assert ("in_doubt" in states) == doubted, f"a doubt that is no entry: {sale.sale_id}"
        assert ("failed" in states) == ("invoice.failed" in sale.events), sale.sale_id
    return len(sales)


def _clock_steps(session: Session) -> Counter[str]:
    """How many steps of a clock each outlet's ledger tells of."""
    query = select(LedgerEntry.outlet_id, LedgerEntry.body)
    events = session.exec(query.where(LedgerEntry.kind == "event"))
    return Counter(who for who, body in events if parse_canonical(body)["name"] == "clock-step")


NEXT: dict[str, set[str]] = {
    "": {"pending", "submitted"},
    "pending": {"submitted", "failed"},
    "failed": {"submitted", "pending"},
    "submitted": {"pending", "failed", "confirming", "refused"},
    "confirming": {"normalised", "refused", "in_doubt"},
    "in_doubt": {"normalised", "refused"},
    "normalised": set(),
    "refused": set(),
}
"""What may follow each state of a delivery."""


def check_changes(_w: "World", sales: list[Seen], _r: Recorded, _c: list[Case]) -> int:
    """Each state of a delivery was written, may follow the one before, and the last one stands."""
    for sale in sales:
        before = ""
        for number, change in enumerate(sale.changes, start=1):
            assert change.number == number
            assert change.state in NEXT[before], [c.state for c in sale.changes]
            before = change.state
        final = {"normalised": "done", "refused": "done", "": "pending"}
        assert final.get(before, before) == sale.on_its_way, [c.state for c in sale.changes]
    return len(sales)


def check_order(world: "World", sales: list[Seen], recorded: Recorded, _c: list[Case]) -> int:
    """What met no fault was recorded in the order in which it arrived, module by module.

    A sale that replaces a refused one may go before those that the refusal holds.
    """
    place_of = {(invoice["nim"], invoice["rn"]): n for n, invoice in enumerate(recorded)}
    checked = 0
    for place in world.places:
        clean = [s for s in sales if s.place is place and s.normalised and _met_no_fault(s)]
        clean.sort(key=_arrival)
        order = [place_of[place.nim, sale.reference] for sale in clean]
        assert order == sorted(order), f"{place.nim} out of order: {[s.reference for s in clean]}"
        checked += len(clean)
    return checked


def _met_no_fault(sale: Seen) -> bool:
    invoice = parse_canonical(sale.state.sale.body)
    if "replaces" in invoice:
        return False
    answered = all(exchange.answer is not None for exchange in sale.exchanges)
    return [e.call.step for e in sale.exchanges] == ["post", "confirm"] and answered


def _arrival(sale: Seen) -> tuple[str, int]:
    return sale.state.sale.series, sale.state.sale.position


def check_apart(world: "World", _s: list[Seen], recorded: Recorded, _c: list[Case]) -> int:
    """I9: no canary of an outlet is found where another one's things are."""
    canaries = {place.outlet_id: place.canary.encode() for place in world.places}
    by_nim = {place.nim: place for place in world.places}
    found = 0
    with reading(world.engine) as session:
        for outlet_id, content in _stored(session):
            for other, canary in canaries.items():
                assert other == outlet_id or canary not in content, f"a byte of {other}"
            found += 1
    for heard in world.air.heard:
        for other, canary in canaries.items():
            own = by_nim[heard.nim].outlet_id
            assert other == own or canary not in heard.body, f"a byte of {other}"
        found += 1
    for invoice in recorded:
        assert invoice["nif"] == by_nim[invoice["nim"]].nif
    return found


def _stored(session: Session) -> list[tuple[str, bytes]]:
    """Whose, and what, of every row that carries words of an outlet."""
    stored: list[tuple[str, Any]] = [
        *session.exec(select(LedgerEntry.outlet_id, LedgerEntry.body)),
        *session.exec(select(Answer.outlet_id, Answer.body)),
        *session.exec(select(ControlCall.outlet_id, ControlCall.request)),
        *session.exec(select(ControlAnswer.outlet_id, ControlAnswer.body)),
        *session.exec(select(Announcement.outlet_id, Announcement.data)),
        *session.exec(select(Case.outlet_id, Case.text)),
    ]
    return [(who, what if isinstance(what, bytes) else what.encode()) for who, what in stored]


def check_pauses(world: "World", _s: list[Seen], _r: Recorded, _c: list[Case]) -> int:
    """Nobody posted to a module while it was paused (compared when each pause ended)."""
    assert not world.posts_at_pause, "a pause that nobody ended"
    return world.pauses_kept


CHECKS = {
    "I1 acknowledged sales stand": check_acknowledged,
    "I2 numbers dense": check_numbers,
    "I3 one uid, one code": check_one_uid,
    "I5 one to one with the authority": check_agreement,
    "I6 papers": check_papers,
    "I7 doubts, failures and clock steps are entries": check_events,
    "I9 outlets apart": check_apart,
    "every divergence is a case": check_cases,
    "states follow one another": check_changes,
    "order per module": check_order,
    "nothing posted while paused": check_pauses,
}
"""In the order of the printed table; I4 and I8 are checked after each action."""
