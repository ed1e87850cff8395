"""The sale that the benchmark sends: three articles, three groups, cash."""

from datetime import UTC, datetime
from typing import Any

SALE: dict[str, Any] = {
    "outlet_id": "KIN01",
    "merchant_nif": "A2512345Z",
    "pos_terminal_id": "T1",
    "cashier_id": "C1",
    "operator": "Marie",
    "invoice_type": "FV",
    "price_mode": "TTC",
    "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "client": {"type": "PP"},
    "items": [
        {
            "code": code,
            "type": "BIE",
            "name": name,
            "unit": "pièce",
            "unit_price": price,
            "quantity": "1",
            "tax_group": group,
        }
        for code, name, price, group in (
            ("PAI01", "Pain", "500.00", "A"),
            ("FAR01", "Farine 1 kg", "2200.00", "B"),
            ("SAV04", "Savon 400 g", "2100.00", "C"),
        )
    ],
    "payments": [{"method": "ESPECES", "amount": "4800.00", "currency": "CDF"}],
}
