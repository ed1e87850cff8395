"""The simulated authority: what each e-MCF holds, counts and answers. No HTTP here."""

import random
import secrets
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from app.control.simulator import answers, credit, request, tax
from app.control.simulator.behaviour import PENDING_LIMIT, PENDING_SECONDS, Behaviour
from app.control.simulator.journal import Confirmed, Journal
from app.control.simulator.request import CREDIT_NOTES, Posted, Refusal
from app.control.simulator.tokens import Claims

KINSHASA = timezone(timedelta(hours=1))
"""Where the authority's clock stands: UTC+1, no summer time."""

BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
SANDBOX_MARK = "TESTFACTURES"


@dataclass(frozen=True, slots=True)
class Twist:
    """How a fault bends the answer to one request; the default bends nothing."""

    skew: timedelta = timedelta()
    """The authority's displayed clock is off by this much."""
    unverifiable: timedelta = timedelta()
    """An original younger than this cannot be verified yet: code 10."""
    wrong: Mapping[str, Decimal] = field(default_factory=dict)
    """Members of the POST answer that are off by this amount."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A posted request that waits for its confirm."""

    posted: Posted
    groups: Mapping[str, tuple[Decimal, Decimal]]
    """Of each group its percent and its total."""
    answer: Mapping[str, Any]
    since: datetime


@dataclass(slots=True)
class Device:
    """One e-MCF: its counters and the requests it holds."""

    nif: str
    nim: str
    pending: dict[str, Pending] = field(default_factory=dict)
    counters: Counter[str] = field(default_factory=Counter)


class TaxPlatform:
    """Every e-MCF the simulator has met. One thread; each method is one step of the authority."""

    def __init__(
        self,
        behaviour: Behaviour,
        clock: Callable[[], datetime],
        journal: Journal,
        seed: int | None = None,
        ahead: Sequence[tax.Table] = (),
    ) -> None:
        self._behaviour, self._ahead = behaviour, ahead
        self.clock = clock
        self.journal = journal
        self._chance = (
            secrets.SystemRandom() if seed is None else random.Random(f"{seed}/{journal.starts}")  # noqa: S311  # repeatable, not secret
        )
        self._devices: dict[tuple[str, str], Device] = {}
        for invoice in journal.by_code.values():
            self._met(invoice.nif, invoice.nim).counters[invoice.type] += 1

    @property
    def behaviour(self) -> Behaviour:
        """How the authority behaves now: each table of the law from the midnight of its day."""
        return tax.followed(self._behaviour, self._ahead, self._today())

    def change(self, **members: Any) -> None:
        """From now on these members of the behaviour are otherwise."""
        self._behaviour = replace(self._behaviour, **members)

    def _today(self) -> str:
        return self.clock().astimezone(KINSHASA).date().isoformat()

    def device(self, claims: Claims) -> Device:
        """The e-MCF of that token, without the requests that waited too long."""
        device = self._met(claims.nif, claims.nim)
        oldest = self.clock() - timedelta(seconds=PENDING_SECONDS)
        device.pending = {
            uid: pending for uid, pending in device.pending.items() if pending.since > oldest
        }
        return device

    def nims(self, nif: str) -> list[str]:
        """Every e-MCF of that taxpayer that has been met."""
        return [nim for owner, nim in self._devices if owner == nif]

    def post(self, claims: Claims, document: Mapping[str, Any], twist: Twist) -> dict[str, Any]:
        """The request waits under a new uid; answers its computed totals. Raises Refusal."""
        behaviour = self._behaviour_for(document)
        posted = request.read_invoice(document, claims.nif, behaviour)
        groups, _ = tax.groups((item.line for item in posted.items), posted.mode, behaviour)
        percents = tax.rates(behaviour)
        totals = {letter: (percents[letter], group.total) for letter, group in groups.items()}
        self._check_credit(posted, totals, claims.nif, twist)
        device = self.device(claims)
        if len(device.pending) >= PENDING_LIMIT:
            raise Refusal("1", "Trop de demandes en attente.")
        uid = str(uuid.UUID(int=self._chance.getrandbits(128), version=4))
        answer = {"uid": uid, **answers.compute(posted, behaviour)}
        for member, difference in twist.wrong.items():
            answer[member] += difference
        device.pending[uid] = Pending(posted, totals, answer, self.clock())
        return answer

    def confirm(
        self, claims: Claims, uid: str, document: Mapping[str, Any], twist: Twist
    ) -> dict[str, Any]:
        """The request is an invoice for ever; answers its security elements. Raises Refusal."""
        device, pending = self._waiting(claims, uid)
        _check_totals(request.fold(document), pending.answer)
        # SFE 1.1.26: done again here
        self._check_credit(pending.posted, pending.groups, claims.nif, twist)
        invoice = self._confirmed(device, uid.lower(), pending, self.now(twist))
        self.journal.append(invoice)
        del device.pending[invoice.uid]
        device.counters[invoice.type] += 1
        return answers.security_elements(invoice)

    def cancel(self, claims: Claims, uid: str, twist: Twist) -> dict[str, Any]:
        """The request is dropped and will never be an invoice. Raises Refusal."""
        device, pending = self._waiting(claims, uid)
        del device.pending[uid.lower()]
        kind = pending.posted.type
        return {
            "dateTime": self.now(twist).strftime("%d/%m/%Y %H:%M:%S"),
            "qrCode": "",
            "codeDEFDGI": "",
            "counters": f"{device.counters[kind]}/{device.counters.total()} {kind}",
            "nim": device.nim,
        }

    def pending(self, claims: Claims, uid: str) -> Mapping[str, Any]:
        """The request that waits under that uid, as it was sent. Raises Refusal."""
        return self._waiting(claims, uid)[1].posted.as_sent

    def status(self, claims: Claims, twist: Twist) -> dict[str, Any]:
        """What `GET /api/invoice` says: the platform, the token, the requests that wait."""
        pending = self.device(claims).pending
        return {
            **self.portrait(claims, twist),
            "pendingRequestsCount": len(pending),
            "pendingRequestsList": [
                {"date": answers.iso(waiting.since.astimezone(KINSHASA)), "uid": uid}
                for uid, waiting in pending.items()
            ],
        }

    def portrait(self, claims: Claims, twist: Twist) -> dict[str, Any]:
        """The members that both status answers begin with."""
        return {
            "status": True,
            "version": "1.0",
            "nif": claims.nif,
            "nim": claims.nim,
            "tokenValid": datetime.fromtimestamp(claims.expires, KINSHASA).isoformat(),
            "serverDateTime": answers.iso(self.now(twist)),
        }

    def now(self, twist: Twist) -> datetime:
        """The time the authority shows, in Kinshasa."""
        return self.clock().astimezone(KINSHASA) + twist.skew

    def _met(self, nif: str, nim: str) -> Device:
        return self._devices.setdefault((nif, nim), Device(nif, nim))

    def _waiting(self, claims: Claims, uid: str) -> tuple[Device, Pending]:
        device = self.device(claims)
        pending = device.pending.get(uid.lower())
        if pending is None:
            raise Refusal("20", "Facture inconnue, déjà finalisée ou annulée.")
        return device, pending

    def _behaviour_for(self, document: Mapping[str, Any]) -> Behaviour:
        """With the rates of the original, when the document is a credit note of a known one."""
        form = request.fold(document)
        code = str(form.get("reference") or "").replace("-", "")
        original = self.journal.by_code.get(code)
        if (
            original is None
            or form.get("type") not in CREDIT_NOTES
            or self.behaviour.credit_rates == "current"
        ):
            return self.behaviour
        then = {letter: percent for letter, (percent, _) in original.groups.items()}
        return replace(self.behaviour, new_rates={**self.behaviour.new_rates, **then})

    def _check_credit(
        self,
        posted: Posted,
        groups: Mapping[str, tuple[Decimal, Decimal]],
        nif: str,
        twist: Twist,
    ) -> None:
        if posted.type not in CREDIT_NOTES or posted.reference == "RRR":
            return
        original = self.journal.by_code.get(posted.reference)
        if original is not None and original.nif != nif:
            original = None
        young = original is not None and self.clock() - original.at < twist.unverifiable
        if twist.unverifiable and young:
            raise Refusal("10", "La référence ne peut pas être vérifiée pour le moment.")
        totals = {letter: total for letter, (_, total) in groups.items()}
        credit.check(posted, totals, original, self.journal.credits_of(posted.reference))

    def _confirmed(self, device: Device, uid: str, pending: Pending, at: datetime) -> Confirmed:
        posted = pending.posted
        return Confirmed(
            uid=uid,
            nif=device.nif,
            nim=device.nim,
            rn=posted.rn,
            type=posted.type,
            total=pending.answer["total"],
            vtotal=pending.answer["vtotal"],
            code=self._fresh_code(),
            type_counter=device.counters[posted.type] + 1,
            total_counter=device.counters.total() + 1,
            at=at.replace(microsecond=0),
            reference=posted.reference,
            lines=tuple((item.key, item.line.quantity) for item in posted.items),
            mode=posted.mode,
            groups=pending.groups,
        )

    def _fresh_code(self) -> str:
        while True:
            code = SANDBOX_MARK + "".join(self._chance.choices(BASE32, k=12))
            if code not in self.journal.by_code:
                return code


def _check_totals(form: Mapping[str, Any], computed: Mapping[str, Any]) -> None:
    """The confirm echoes exactly the numbers of the POST answer."""
    for name in ("total", "vtotal"):
        if form.get(name) is None or request.decimal(form[name]) != computed[name]:
            raise Refusal("50", "Les montants confirmés ne sont pas ceux qui ont été calculés.")
