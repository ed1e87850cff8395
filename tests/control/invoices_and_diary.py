"""Canonical invoices for the tests of the control modules, and a diary that is an Attempt."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.control.module import SealedInvoice, Step
from app.control.simulator.behaviour import Behaviour
from app.control.simulator.tax import Line, specific_tax

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "vectors" / "tax-cases.json").read_text()
)["cases"]
NIF = "A2512345Z"
ISSUED = iter(range(1, 1_000_000))


def sale(**changes: Any) -> dict[str, Any]:
    """The sale of the API's own example: flour, wine with a specific tax, 288 000.00."""
    invoice: dict[str, Any] = {
        "v": "invoice/1",
        "merchant_nif": NIF,
        "outlet_id": "KIN01",
        "cashier_id": "C1",
        "operator": "Marie",
        "invoice_type": "FV",
        "price_mode": "TTC",
        "client": {"type": "PM", "name": "Quincaillerie Exemple SARL", "nif": "A2699999B"},
        "items": [flour("2"), wine()],
        "payments": [{"method": "ESPECES", "amount": "288000.00", "currency": "CDF"}],
        "seller": {"name": "Boutique Exemple", "isf": "TEST_SFE"},
        "tax_groups": {
            "B": {
                "rate": "16",
                "base": "232758.62",
                "specific_tax": "15517.24",
                "vat": "39724.14",
                "total": "288000.00",
            }
        },
        "totals": {
            "base": "232758.62",
            "specific_tax": "15517.24",
            "vat": "39724.14",
            "total": "288000.00",
            "currency": "CDF",
        },
    }
    return invoice | changes


def flour(quantity: str) -> dict[str, Any]:
    return {
        "code": "FAR25",
        "type": "BIE",
        "name": "Farine 25 kg",
        "unit": "sac",
        "unit_price": "45000.00",
        "quantity": quantity,
        "tax_group": "B",
        "amount": f"{45000 * Decimal(quantity):.2f}",
    }


def wine() -> dict[str, Any]:
    return {
        "code": "VIN1",
        "type": "BIE",
        "name": "Carton de vin",
        "unit": "carton",
        "unit_price": "120000.00",
        "quantity": "1.5",
        "tax_group": "B",
        "amount": "180000.00",
        "specific_tax": {
            "kind": "percent",
            "value": "10",
            "label": "Droit de conso.",
            "amount": "15517.24",
        },
        "original_price": "130000.00",
        "price_change_reason": "Remise fidélité",
    }


def one_bag(**changes: Any) -> dict[str, Any]:
    """One bag of flour: 45 000.00, of which VAT 6 206.90."""
    amounts = {"base": "38793.10", "specific_tax": "0.00", "vat": "6206.90", "total": "45000.00"}
    return sale(
        items=[flour("1")],
        payments=[{"method": "ESPECES", "amount": "45000.00", "currency": "CDF"}],
        tax_groups={"B": {"rate": "16", **amounts}},
        totals={**amounts, "currency": "CDF"},
        **changes,
    )


def credit_note(code_def_dgi: str | None, nature: str = "RAM", **changes: Any) -> dict[str, Any]:
    """One bag of flour taken back."""
    credit = {"nature": nature}
    if code_def_dgi is not None:
        credit |= {"original": "KIN01-1-00000001", "code_def_dgi": code_def_dgi}
    return one_bag(invoice_type="FA", credit=credit, **changes)


def sale_of_case(case: Mapping[str, Any]) -> dict[str, Any]:
    """The sale of a tax vector, with the amounts the vector expects."""
    expected = case["expected"]
    groups = {
        group["group"]: {name: value for name, value in group.items() if name != "group"}
        for group in expected["groups"]
    }
    mode = case["price_mode"]
    return sale(
        price_mode=mode,
        items=[_item_of(line, mode) for line in case["lines"]],
        payments=[{"method": "ESPECES", "amount": expected["totals"]["total"], "currency": "CDF"}],
        tax_groups=groups,
        totals={**expected["totals"], "currency": "CDF"},
    )


def line_of(raw: Mapping[str, Any]) -> Line:
    """The vector's line, for the simulator's engine."""
    tax = raw.get("specific_tax")
    value = "" if tax is None else tax["value"] + ("%" if tax["kind"] == "percent" else "")
    price, quantity = Decimal(raw["unit_price"]), Decimal(raw["quantity"])
    return Line(raw["tax_group"].lower(), price, quantity, value)


def _item_of(raw: Mapping[str, Any], mode: str) -> dict[str, Any]:
    group = raw["tax_group"]
    item = {
        "code": f"ART-{group}",
        "type": "TAX" if group in "LN" else "BIE",
        "name": "Article",
        "unit": "pièce",
        "unit_price": raw["unit_price"],
        "quantity": raw["quantity"],
        "tax_group": group,
    }
    if "specific_tax" in raw:
        amount = specific_tax(line_of(raw), mode.lower(), Behaviour())
        item["specific_tax"] = raw["specific_tax"] | {"amount": str(amount), "label": "Taxe"}
    return item


def sealed(invoice: Mapping[str, Any]) -> SealedInvoice:
    """The invoice under the next number of the series."""
    number = next(ISSUED)
    return SealedInvoice(
        fiscal_number=f"KIN01-1-{number:08}",
        reference=f"KIN01-1/2026/{number:06}",
        entry_hash=f"{number:064x}",
        invoice=invoice,
    )


@dataclass(slots=True)
class Written:
    """One call of a delivery as the ledger's side sees it."""

    step: Step
    uid: str | None
    request: bytes
    status: int | None = None
    answer: bytes | None = None


@dataclass(slots=True)
class Diary:
    """An Attempt in memory; `witness` is asked how many calls were made at each write."""

    witness: Callable[[], int] = lambda: 0
    calls: list[Written] = field(default_factory=list)
    made_at_intend: list[int] = field(default_factory=list)
    made_at_heard: list[int] = field(default_factory=list)

    def intend(self, step: Step, uid: str | None, request: bytes) -> int:
        self.made_at_intend.append(self.witness())
        self.calls.append(Written(step, uid, request))
        return len(self.calls)

    def heard(self, call: int, status: int | None, body: bytes) -> None:
        self.made_at_heard.append(self.witness())
        self.calls[call - 1].status = status
        self.calls[call - 1].answer = body

    @property
    def steps(self) -> list[Step]:
        return [call.step for call in self.calls]
