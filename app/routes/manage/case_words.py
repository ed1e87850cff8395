"""What the page of a case says: titles, evidence, who may be the second person."""

from typing import Any

from app.fiscal.canonical import parse_canonical
from app.fiscal.portal import Absent
from app.routes.manage.clock import Clock
from app.routes.manage.place import OutletPage
from app.routes.manage.words import DELIVERY_STATES, fixer
from app.services.cases.kinds import kind_of
from app.services.doubts.history import Proposal
from app.services.doubts.view import DoubtView
from app.services.ledger.answers import links
from app.services.people.names import name_of
from app.services.watch.case_view import CaseView
from app.store.tables.cases import Case
from app.wording import francs


def case_context(view: CaseView, place: OutletPage) -> dict[str, Any]:
    """All that the page of that case shows."""
    case, kind, clock = view.case, kind_of(view.case.kind), place.clock
    closed = case.closed_at is not None
    return {
        "title": kind.title,
        "link": kind.link,
        "case_path": f"{place.base}/cas/{case.case_id}",
        "lamp": "green" if closed else "amber",
        "text": case.text,
        "since": clock.at(case.opened_at),
        "fix": fixer(case.fix, manages=place.manages),
        "next": "" if closed else kind.next_step,
        "advice": "" if closed else view.advice,
        "closed": _closed(view, clock),
        "may_close": not closed and not kind.ends,
        "sale": _sale(view, clock),
        "verify": links(view.sale)["verify"] if view.sale else "",
        "changes": [_change(view, number, clock) for number in range(len(view.changes))],
        **_doubt(view, place),
    }


def _closed(view: CaseView, clock: Clock) -> str:
    case = view.case
    if case.closed_at is None:
        return ""
    names = [name_of(view.people, by) for by in (case.closed_by or "").split(" + ")]
    return f"Clos {clock.when(case.closed_at)} par {' et '.join(names)}. {case.outcome or ''}"


def _sale(view: CaseView, clock: Clock) -> list[tuple[str, str]]:
    if view.sale is None:
        return []
    invoice = parse_canonical(view.sale.body)
    return [
        ("Numéro fiscal", view.sale.fiscal_number),
        ("Total", francs(invoice["totals"]["total"])),
        ("Client", invoice["client"].get("name") or "Particulier"),
        ("Caisse", f"{invoice['pos_terminal_id']}, {invoice['operator']}"),
        ("Vendue", clock.exact(invoice["timestamp"])),
    ]


def _change(view: CaseView, number: int, clock: Clock) -> dict[str, str]:
    change = view.changes[number]
    lamp, word = DELIVERY_STATES.get(change.state, ("grey", change.state))
    return {"lamp": lamp, "word": word, "at": clock.exact(change.at), "why": change.reason or ""}


def _doubt(view: CaseView, place: OutletPage) -> dict[str, Any]:
    """The evidence of a sale in doubt, and the proposal that waits."""
    doubt, clock = view.doubt, place.clock
    if doubt is None:
        return {"doubt": None, "proposal": None}
    return {
        "doubt": {
            "evidence": doubt.evidence,
            "verdict": doubt.verdict,
            "nim": doubt.nim,
            "invoice_type": doubt.invoice_type,
            "facts": _doubt_facts(doubt, clock),
            "calls": [
                {"what": call.what, "at": clock.exact(call.at), "answer": call.answer}
                for call in doubt.calls
            ],
        },
        "proposal": _proposal(doubt.proposal, view, place) if doubt.proposal else None,
    }


def _doubt_facts(doubt: DoubtView, clock: Clock) -> list[tuple[str, str]]:
    return [
        ("Référence sur le portail", doubt.reference),
        ("Total", francs(doubt.total)),
        ("Scellée", clock.exact(doubt.sealed_at)),
        ("Module de contrôle", doubt.nim),
        ("Demande à la DGI (uid)", doubt.uid or "aucune"),
    ]


def _proposal(proposal: Proposal, view: CaseView, place: OutletPage) -> dict[str, Any]:
    """What somebody proposed, and who may approve it."""
    found = proposal.found
    if isinstance(found, Absent):
        facts = [("Constat", "La DGI n’a pas cette facture"), ("Comment", found.reason)]
    else:
        facts = [
            ("Constat", "La DGI a enregistré cette facture"),
            ("Code DEF/DGI", found.code_def_dgi),
            ("Compteurs", found.counters),
            ("Date de la DGI", found.date_time),
        ]
    others = [(key, name) for key, name in view.people.items() if key != proposal.by]
    return {
        "by": name_of(view.people, proposal.by),
        "at": place.clock.when(proposal.at),
        "number": proposal.number,
        "facts": facts,
        "people": others,
        "needs_pin": place.manages,
        "mine": proposal.by == place.visitor.by,
    }


def case_line(case: Case, place: OutletPage) -> dict[str, str]:
    """A case as a line: what, since when, who can act, and where it is settled."""
    kind = kind_of(case.kind)
    return {
        "title": kind.title,
        "text": case.text,
        "since": place.clock.at(case.opened_at),
        "fix": fixer(case.fix, manages=place.manages),
        "lamp": kind.lamp,
        "path": f"{place.base}/cas/{case.case_id}",
        "id": case.case_id,
    }
