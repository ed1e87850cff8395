"""Random sales that keep every rule: all types, groups, clients, payments and scripts."""

import random
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal

from app.fiscal.codes import INVOICE_TYPES, PAYMENT_METHODS
from app.fiscal.draft import read_draft
from app.fiscal.errors import InvalidInvoice
from app.fiscal.invoice import tax_draft
from app.fiscal.ledger import utc_time
from app.fiscal.money import amount_text
from app.fiscal.printable import PRINTABLE
from app.fiscal.tables import LEVY_GROUPS, table_in_force
from tests.given.ledgers import Sold
from tests.given.requests import NOW, SALE_ID, ZONE, Document, sale_request

RATE = Decimal("2850.00")
_WRITTEN = """
    Farine Œufs d’élevage l'huile « café » Nº 1,5 l 400 g € ½ & <b>gras</b> &amp; "12" %
    Mɔ́tɔ Ŋandó ɛlɛ́ngi Kɔ́ngɔ Ɛlíkyá Ɔ́kɔ mbísi n̄ ḿ
    王先生 商店 啤酒 12瓶 Пекарня Ελλάδα ＡＢＣ WWWWWWWWWWWWWWWWWWWWWWWW (x) \\ /v/ #1 ;
"""
WORDS = _WRITTEN.split()
"""What people write, and what a page, a printer or a PDF may stumble over."""
LETTERS = [
    chr(code)
    for first, last in PRINTABLE
    for code in range(first, min(last, first + 400) + 1)
    if unicodedata.category(chr(code))[0] == "L" and unicodedata.is_normalized("NFC", chr(code))
]
SOLD = "ABCDEFGHIJKMOP"
UNITS = ("sac", "pièce", "kg", "carton de 12", "瓶", "bidon", "m²", "boîte")


@dataclass
class Shopkeeper:
    """Who makes the sales, one after another, with that chance."""

    chance: random.Random
    sold: list[tuple[Document, Sold, str]] = field(default_factory=list)
    """What may still be taken back: the request, its invoice and its Code DEF/DGI."""

    def sale(self) -> tuple[Document, str | None]:
        """A request that keeps every rule, and the code of the original it takes back."""
        while True:
            request, code = self._request()
            try:
                return self._paid(request), code
            except InvalidInvoice as refused:
                # What is odd is drawn again; only these few rules are left to chance.
                if refused.rule not in {"SFE-1.1.22", "SFE-1.1.13", "format.text"}:
                    raise

    def words(self, most: int) -> str:
        """A text of at most that many octets, as the cleaner leaves one."""
        taken = self.chance.choices(WORDS, k=self.chance.randint(1, 6))
        if self.chance.random() < 0.2:
            taken.append("".join(self.chance.choices(LETTERS, k=self.chance.randint(1, 8))))
        self.chance.shuffle(taken)
        text = ""
        for word in taken:
            longer = unicodedata.normalize("NFC", f"{text} {word}".strip())
            text = longer if len(longer.encode()) <= most else text
        return text if any(char.isalnum() for char in text) else "Sel"

    def _request(self) -> tuple[Document, str | None]:
        kind = self.chance.choice(list(INVOICE_TYPES))
        code = None
        more: Document = {}
        if kind in {"FA", "EA"}:
            fitting = [row for row in self.sold if row[0]["invoice_type"][0] == kind[0]]
            if fitting and self.chance.random() < 0.7:
                row = fitting[0]
                self.sold.remove(row)
                request, sold, code = row
                nature = self.chance.choice(["COR", "RAN", "RAM"])
                more = {
                    "credit": {"nature": nature, "original": sold.fiscal_number},
                    "items": request["items"],
                    "price_mode": request["price_mode"],
                }
            else:
                more = {"credit": {"nature": "RRR"}}
        request = sale_request(
            invoice_type=kind,
            price_mode=more.get("price_mode") or self.chance.choice(["TTC", "HT"]),
            client=self._client(),
            items=more.get("items") or [self._item() for _ in range(self._few(6))],
            operator=self.words(32),
            comments={line: self.words(190) for line in "ABCDEFGH" if self.chance.random() < 0.2},
            **({"credit": more["credit"]} if more else {}),
        )
        exempt = any(item["tax_group"] == "D" for item in request["items"])
        if exempt or request["client"]["type"] == "AO":
            request["comments"]["A"] = self.words(60)
        return request, code

    def _few(self, most: int) -> int:
        return min(self.chance.randint(1, most) for _ in range(2))

    def _client(self) -> Document:
        kind = self.chance.choice(["PP", "PP", "PM", "PC", "PL", "AO"])
        client: Document = {"type": kind}
        if kind != "PP":
            client["name"] = self.words(64)
        if kind in {"PM", "PC", "PL"}:
            client["nif"] = f"A{self.chance.randint(0, 9_999_999):07}B"
        if self.chance.random() < 0.4:
            client |= {"address": self.words(64), "contact": "+243 000 000 011"}
            client |= {"trade_name": self.words(64), "rccm": "CD/KIN/RCCM/24-A-00001"}
            client |= {"phone": "+243 000 000 012", "email": "achat@exemple.example"}
        return client

    def _item(self) -> Document:
        group = self.chance.choice(SOLD + "LN" if self.chance.random() < 0.3 else "ABBBC")
        levy = group in LEVY_GROUPS
        item: Document = {
            "code": f"ART{self.chance.randint(0, 10**9)}",
            "type": "TAX" if levy else self.chance.choice(["BIE", "SER"]),
            "name": self.words(64),
            "unit": self.chance.choice(UNITS),
            "unit_price": self._price(),
            "quantity": self.chance.choice(["1", "2", "13", "1.5", "0.25", "1000", "0.333"]),
            "tax_group": group,
        }
        if group not in "LMN" and self.chance.random() < 0.2:
            item["specific_taxes"] = [self._tax(n) for n in range(self._few(4))]
        if self.chance.random() < 0.2:
            item |= {"original_price": self._price(), "price_change_reason": self.words(24)}
        return item

    def _price(self) -> str:
        digits = self.chance.choice([2, 3, 4, 5, 7, 9])
        return (
            f"{self.chance.randint(1, 10**digits)}.{self.chance.choice(['00', '00', '50', '99'])}"
        )

    def _tax(self, number: int) -> Document:
        kind = self.chance.choice(["amount", "per_unit", "percent"])
        value = self.chance.choice(["2", "10", "12.5"]) if kind == "percent" else "75.00"
        return {"kind": kind, "value": value, "label": f"Accise {number}"}

    def _paid(self, request: Document) -> Document:
        """The same with payments that cover its total exactly."""
        draft = read_draft(request, SALE_ID)
        taxed = tax_draft(draft, table_in_force(utc_time(NOW), ZONE))
        left, parts = taxed.totals.total, []
        for _ in range(self._few(3)):
            part = self.chance.randint(1, left)
            parts.append(part)
            left -= part
            if not left:
                break
        if left:
            parts.append(left)
        return request | {"payments": [self._payment(Decimal(amount_text(p))) for p in parts]}

    def _payment(self, amount: Decimal) -> Document:
        payment: Document = {
            "method": self.chance.choice(list(PAYMENT_METHODS)),
            "amount": f"{amount:.2f}",
            "currency": "CDF",
        }
        if payment["method"] == "ESPECES" and self.chance.random() < 0.5:
            payment["tendered"] = f"{amount + self.chance.randint(0, 5_000):.2f}"
        elif payment["method"] == "ESPECES":
            dollars = (amount / RATE).quantize(Decimal(1)) + 1
            payment |= {"currency": "USD", "tendered": f"{dollars:.2f}", "rate": f"{RATE}"}
            payment["rate_date"] = NOW[:10]
        elif payment["method"] == "MOBILEMONEY":
            payment |= {"provider": self.words(32), "reference": self.words(64)}
        return payment
