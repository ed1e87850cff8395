"""The members of the authority's answers, as its clients see them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from app.control.simulator import tax
from app.control.simulator.behaviour import Behaviour
from app.control.simulator.journal import Confirmed
from app.control.simulator.request import Posted
from app.control.simulator.tax import LETTERS, ZERO, Amounts, round_amount


def compute(posted: Posted, behaviour: Behaviour) -> dict[str, Any]:
    """Every amount of a POST answer: rates, totals, bases and VAT of the 16 groups, the sums."""
    lines = [item.line for item in posted.items]
    groups, whole = tax.groups(lines, posted.mode, behaviour)
    rate = posted.currency_rate
    return {
        **_members({letter: groups.get(letter, Amounts()) for letter in LETTERS}, behaviour),
        "ts": whole.specific,
        "total": whole.total,
        "vtotal": whole.vat,
        "curTotal": round_amount(whole.total / rate) if rate else ZERO,
    }


def _members(groups: dict[str, Amounts], behaviour: Behaviour) -> dict[str, Decimal]:
    """`ta`..`tp`, `taa`..`tap`, `haa`..`hap`, `vaa`..`vap`; zero where nothing was sold."""
    rates = tax.rates(behaviour)
    members = {f"t{letter}": rates.get(letter, ZERO) for letter in LETTERS}
    for letter, amounts in groups.items():
        extra = amounts.specific if behaviour.ha_with_specific_tax else ZERO
        members[f"ta{letter}"] = amounts.total
        members[f"ha{letter}"] = amounts.base + extra
        members[f"va{letter}"] = amounts.vat
    return members


NOTHING_COMPUTED: dict[str, Any] = {
    "uid": None,
    **{f"{prefix}{letter}": 0 for prefix in ("t", "ta", "ha", "va") for letter in LETTERS},
    **dict.fromkeys(("ts", "total", "vtotal", "curTotal"), 0),
}
"""The members of a POST answer that carries an error."""


def security_elements(invoice: Confirmed) -> dict[str, Any]:
    """The answer to a confirm that was recorded."""
    stamp = invoice.at.strftime("%Y%m%d%H%M%S")
    code = invoice.code
    return {
        "dateTime": invoice.at.strftime("%d/%m/%Y %H:%M:%S"),
        "qrCode": f"RDCF01;{invoice.nim};{code};{invoice.nif};{stamp}",
        "codeDEFDGI": "-".join(code[at : at + 4] for at in range(0, len(code), 4)),
        "counters": invoice.counters,
        "nim": invoice.nim,
    }


def iso(moment: datetime) -> str:
    """ISO 8601 with seven fraction digits and an offset, as the platform writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0" + moment.isoformat()[-6:]
