"""Writes `law-cases.json`: taxes and credit notes as the second opinion of the tests sees them.

    python -m tests.vectors.make_law_cases

Each run writes the same bytes. `app/fiscal` judges the file in `tests/fiscal`, the simulator of the
authority in `tests/control`, the till in `tests/web`.
"""

import json
from pathlib import Path
from typing import Any

from tests.given import law

FILE = Path(__file__).with_name("law-cases.json")
Document = dict[str, Any]


def line(group: str, price: str, quantity: str, *taxes: Document) -> Document:
    """An item as the calculation needs it; its code is that of its group."""
    item: Document = {
        "code": f"ART-{group}",
        "tax_group": group,
        "unit_price": price,
        "quantity": quantity,
    }
    if len(taxes) == 1:
        item |= {"specific_tax": taxes[0]}
    elif taxes:
        item |= {"specific_taxes": list(taxes)}
    return item


def tax(kind: str, value: str, label: str = "Accise") -> Document:
    """A specific tax as it is sent."""
    return {"kind": kind, "value": value, "label": label}


FOUR = [tax("amount", "75"), tax("per_unit", "3.33"), tax("percent", "2.5", "FPI")]
FOUR.append(tax("percent", "0.125", "Redevance"))
TAXES = {
    "specific tax as an amount of the line, TTC": (
        "TTC",
        [line("B", "500", "4", tax("amount", "75"))],
    ),
    "specific tax as an amount of the line, HT": (
        "HT",
        [line("B", "1000", "3", tax("amount", "75.55"))],
    ),
    "four specific taxes on one line, TTC": ("TTC", [line("B", "500", "4", *FOUR)]),
    "four specific taxes on one line, HT": ("HT", [line("C", "33.33", "1.235", *FOUR)]),
    "two percentages are rounded one by one": (
        "HT",
        [line("B", "10.10", "1", tax("percent", "5"), tax("percent", "5", "FPI"))],
    ),
    "an amount on a line without VAT": ("TTC", [line("A", "100", "1", tax("amount", "0.01"))]),
}


def taxed(name: str) -> Document:
    """The case of that name with every expected amount."""
    mode, lines = TAXES[name]
    groups = law.groups(lines, mode, "CD-2026-02", "total-first")
    members = ("base", "specific_tax", "vat", "total")
    return {
        "name": name,
        "table": "CD-2026-02",
        "price_mode": mode,
        "lines": lines,
        "expected": {
            "groups": [
                {"group": letter, "rate": str(law.RATES["CD-2026-02"].get(letter, 0))}
                | {member: law.text(amounts[member]) for member in members}
                for letter, amounts in groups.items()
            ],
            "totals": {
                member: law.text(sum((g[member] for g in groups.values()), law.NOTHING))
                for member in members
            },
        },
    }


def invoice(mode: str, *items: Document) -> Document:
    """A sale or a credit note, as far as the limits of the latter read it."""
    return {"price_mode": mode, "items": list(items)}


FLOUR = ("B", "45000", "2")
LEVIED = tax("amount", "100")
SMALL = "0.10"
CREDITS: dict[str, tuple[Document, list[Document], Document]] = {
    "one of two": (invoice("TTC", line(*FLOUR)), [], invoice("TTC", line("B", "45000", "1"))),
    "three of two": (invoice("TTC", line(*FLOUR)), [], invoice("TTC", line("B", "45000", "3"))),
    "the third of two": (
        invoice("TTC", line(*FLOUR)),
        [invoice("TTC", line("B", "45000", "1"))] * 2,
        invoice("TTC", line("B", "45000", "0.001")),
    ),
    "without VAT what was sold with it": (
        invoice("TTC", line(*FLOUR)),
        [],
        invoice("HT", line("B", "45000", "1")),
    ),
    "with VAT what was sold without it": (
        invoice("HT", line(*FLOUR)),
        [],
        invoice("TTC", line("B", "45000", "1")),
    ),
    "another price": (invoice("TTC", line(*FLOUR)), [], invoice("TTC", line("B", "44999", "1"))),
    "halves that were rounded up": (
        invoice("TTC", line("B", "0.05", "1")),
        [invoice("TTC", line("B", "0.05", "0.5"))],
        invoice("TTC", line("B", "0.05", "0.5")),
    ),
    "tax that was rounded up three times": (
        invoice("HT", line("C", SMALL, "3")),
        [invoice("HT", line("C", SMALL, "1"))] * 2,
        invoice("HT", line("C", SMALL, "1")),
    ),
    "half of a tax that is an amount": (
        invoice("TTC", line(*FLOUR, LEVIED)),
        [],
        invoice("TTC", line("B", "45000", "1", tax("amount", "50"))),
    ),
    "more of a tax that is an amount than was charged": (
        invoice("TTC", line(*FLOUR, LEVIED)),
        [],
        invoice("TTC", line("B", "45000", "1", tax("amount", "100.01"))),
    ),
    "another tax per unit": (
        invoice("TTC", line(*FLOUR, tax("per_unit", "10"))),
        [],
        invoice("TTC", line("B", "45000", "1", tax("per_unit", "9"))),
    ),
}


def credited(name: str) -> Document:
    """The case of that name with what is wrong with its credit note, if anything is."""
    original, before, note = CREDITS[name]
    fault = law.credit_fault(note, original, before, "CD-2026-02", "total-first")
    return {"name": name, "original": original, "before": before, "note": note} | (
        {"fault": fault} if fault else {}
    )


if __name__ == "__main__":
    cases = {"taxes": [taxed(name) for name in TAXES], "credits": [credited(n) for n in CREDITS]}
    FILE.write_text(json.dumps(cases, ensure_ascii=False, indent=1) + "\n")
