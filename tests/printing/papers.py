"""Papers of the sample shop, each a good one changed in one way."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

from app.printing.paper import Paper

Render = Callable[[Paper], bytes]

# 701 characters, the longest a platform QR may be
QR_PAYLOAD = "https://verifier.example/v#" + ("eyJhbGciOiJFUzI1NiIsImtpZCI6Imtpbi0xIn0." * 17)[:674]
DGI_QR = "RDCF01;CD01999901-1;QK4M7ZPD2XWAH8RTN3BV6CYE;A2512345Z;20261122111531"
CODE = "QK4M-7ZPD-2XWA-H8RT-N3BV-6CYE"

INVOICE: dict[str, Any] = {
    "v": "invoice/1",
    "sale_id": "0199a6a2-7b1e-7c55-9d5e-3f1f0a1b2c3d",
    "outlet_id": "KIN01",
    "merchant_nif": "A2512345Z",
    "pos_terminal_id": "T1",
    "cashier_id": "C1",
    "operator": "Marie",
    "invoice_type": "FV",
    "price_mode": "TTC",
    "seller": {
        "name": "Alimentation Espérance SARL",
        "address": "12 av. du Fleuve, Gombe, Kinshasa",
        "contact": "+243 000 000 001 · vente@esperance.example",
        "regime": "Régime réel – assujetti à la TVA",
        "isf": "SFE0042",
        "zone": "Africa/Kinshasa",
    },
    "client": {
        "type": "PM",
        "name": "Quincaillerie Exemple SARL",
        "nif": "A2699999B",
        "contact": "+243000000000",
        "address": "1 av. Fictive, Kinshasa",
    },
    "tax_table": "CD-2026-02",
    "items": [
        {
            "code": "FAR25",
            "type": "BIE",
            "name": "Farine 25 kg",
            "unit": "sac",
            "unit_price": "45000.00",
            "quantity": "2",
            "tax_group": "B",
            "amount": "90000.00",
        },
        {
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
        },
        {
            "code": "LAIT",
            "type": "BIE",
            "name": "Lait infantile",
            "unit": "boîte",
            "unit_price": "20000.50",
            "quantity": "1",
            "tax_group": "A",
            "amount": "20000.50",
        },
    ],
    "payments": [
        {
            "method": "MOBILEMONEY",
            "amount": "120000.50",
            "currency": "CDF",
            "provider": "M-PESA",
            "reference": "9XK22",
        },
        {
            "method": "ESPECES",
            "amount": "188000.00",
            "currency": "USD",
            "tendered": "66.00",
            "rate": "2850.00",
            "rate_date": "2026-11-22",
        },
    ],
    "comments": {"A": "Exonération 114/2026", "B": "Livraison lundi"},
    "tax_groups": {
        "A": {
            "rate": "0",
            "base": "20000.50",
            "specific_tax": "0.00",
            "vat": "0.00",
            "total": "20000.50",
        },
        "B": {
            "rate": "16",
            "base": "232758.62",
            "specific_tax": "15517.24",
            "vat": "39724.14",
            "total": "288000.00",
        },
    },
    "totals": {
        "base": "252759.12",
        "specific_tax": "15517.24",
        "vat": "39724.14",
        "total": "308000.50",
        "currency": "CDF",
    },
}

STATEMENT: dict[str, Any] = {
    "v": "seal/1",
    "authority": "kin-1",
    "merchant_nif": "A2512345Z",
    "outlet_id": "KIN01",
    "fiscal_number": "KIN01-1-00000105",
    "reference": "KIN01-1/2026/000105",
    "invoice_type": "FV",
    "total": "308000.50",
    "currency": "CDF",
    "timestamp": "2026-11-22T10:15:31Z",
    "payload": "a" * 64,
    "previous": "b" * 64,
}

NORMALISED: dict[str, Any] = {
    "v": "normalised/1",
    "fiscal_number": "KIN01-1-00000105",
    "module": "emcf",
    "nim": "CD01999901-1",
    "code_def_dgi": CODE,
    "counters": "41/44 FV",
    "date_time": "22/11/2026 11:15:31",
    "qr_code": DGI_QR,
    "total": "308000.50",
    "vat": "39724.14",
}


def paper(
    *,
    normalised: bool = True,
    legal_mode: Any = "strict",
    duplicate: bool = False,
    septante: bool = True,
    **invoice: Any,
) -> Paper:
    """A paper of the sample invoice with some members of the invoice replaced."""
    changed = deepcopy(INVOICE) | invoice
    totals, kind = changed["totals"], changed["invoice_type"]
    return Paper(
        invoice=changed,
        statement=STATEMENT | {"total": totals["total"], "invoice_type": kind},
        auth_code="7Q2M-9K0D-4TVX-B31C",
        qr_payload=QR_PAYLOAD,
        normalised=deepcopy(NORMALISED) if normalised else None,
        legal_mode=legal_mode,
        duplicate=duplicate,
        septante=septante,
    )


def credit_note(nature: str, invoice_type: str = "FA", **changes: Any) -> Paper:
    """A credit note of the sample invoice."""
    credit = {"nature": nature}
    if nature != "RRR":
        credit |= {"original": "KIN01-1-00000099", "code_def_dgi": "ORIG-FACT-URES-AAAA-BBBB-CCCC"}
    return paper(invoice_type=invoice_type, credit=credit, **changes)


def long_paper(count: int = 70) -> Paper:
    """A paper with that many articles."""
    items = [
        INVOICE["items"][n % 3] | {"code": f"ART{n:03d}", "name": f"Article numéro {n:03d}"}
        for n in range(count)
    ]
    return paper(items=items)


def wide_paper() -> Paper:
    """A paper whose every text is as long as its limit in bytes admits, without a blank."""
    word = "W" * 64
    top = "9999999999999.99"
    item = INVOICE["items"][1] | {
        "name": word,
        "code": "W" * 24,
        "unit": "W" * 16,
        "quantity": "9999999999999.999",
        "unit_price": top,
        "amount": top,
        "original_price": top,
        "price_change_reason": "W" * 24,
        "specific_tax": {"kind": "percent", "value": "10", "label": "W" * 16, "amount": top},
    }
    seller = INVOICE["seller"] | {"name": word, "address": word, "contact": word, "regime": word}
    client = INVOICE["client"] | {"name": word, "address": word, "contact": word}
    amounts = {"base": top, "specific_tax": top, "vat": top, "total": top}
    return paper(
        items=[item],
        seller=seller,
        client=client,
        operator="W" * 32,
        comments=dict.fromkeys("ABCDEFGH", "W" * 190),
        tax_groups=dict.fromkeys("AB", {"rate": "16"} | amounts),
        totals=amounts | {"currency": "CDF"},
        duplicate=True,
    )


def counter_paper() -> Paper:
    """What most customers take away: three articles, one payment, nobody named."""
    taken = {"specific_tax", "original_price", "price_change_reason"}
    items = [{k: v for k, v in item.items() if k not in taken} for item in INVOICE["items"]]
    groups = {g: row | {"specific_tax": "0.00"} for g, row in INVOICE["tax_groups"].items()}
    cash = {"method": "ESPECES", "amount": "308000.50", "currency": "CDF", "tendered": "310000.00"}
    return paper(
        items=items,
        client={"type": "PP"},
        comments={},
        tax_groups=groups,
        totals=INVOICE["totals"] | {"specific_tax": "0.00"},
        payments=[cash],
    )


def specimen(good: Paper) -> Paper:
    """The same paper from the DGI's test platform."""
    assert good.normalised is not None
    code = {"code_def_dgi": "TEST-FACT-URES-QK4M-7ZPD-2XWA"}
    return replace(good, normalised={**good.normalised, **code})
