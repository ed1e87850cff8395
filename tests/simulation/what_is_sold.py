"""What the shops of a history sell, and what became of it."""

import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.given import requests


@dataclass(frozen=True, slots=True)
class SimulatedOutlet:
    """An outlet and its control module; `canary` stands in each of its invoices and in no other."""

    outlet_id: str
    nif: str
    nim: str
    canary: str


@dataclass(slots=True)
class Sale:
    """A sale as its till keeps it: the same id and content until it is acknowledged."""

    place: SimulatedOutlet
    sale_id: str
    request: dict[str, Any]
    fiscal_number: str | None = None
    """Once it was acknowledged."""
    entry_hash: str = ""
    impossible: str = ""
    """The rule by which it was refused before it was sealed."""
    replaced: bool = False
    """Another sale was made instead."""


@dataclass(slots=True)
class Tills:
    """All sales of a history, in the order in which they were made."""

    chance: random.Random
    sales: list[Sale] = field(default_factory=list)

    def of(self, sale_id: str) -> Sale:
        """The sale of that id."""
        return next(sale for sale in self.sales if sale.sale_id == sale_id)

    def acknowledged(self, place: SimulatedOutlet | None = None) -> list[Sale]:
        """Those that a till was told are sealed."""
        return [s for s in self.sales if s.fiscal_number and place in (s.place, None)]

    def unanswered(self) -> list[Sale]:
        """Those whose till had no answer yet."""
        return [s for s in self.sales if not s.fiscal_number and not s.impossible]

    def new(self, place: SimulatedOutlet, **changes: Any) -> Sale:
        """A sale that nobody has sent yet."""
        number = self.chance.getrandbits(47)
        request = requests.sale_request(
            outlet_id=place.outlet_id,
            merchant_nif=place.nif,
            operator=place.canary,
            **(self._lines() | changes),
        )
        sale = Sale(place, requests.sale_id(number), request)
        self.sales.append(sale)
        return sale

    def _lines(self) -> dict[str, Any]:
        """One or two lines of groups B, C, A or O, paid in cash."""
        lines = [self._line(number) for number in range(self.chance.randint(1, 2))]
        total = sum(Decimal(i["unit_price"]) * Decimal(i["quantity"]) for i in lines)
        return {"items": lines, "payments": [requests.cash(f"{total:.2f}")]}

    def _line(self, number: int) -> dict[str, Any]:
        return requests.flour(
            code=f"ART{number}",
            unit_price=f"{self.chance.randint(1, 900)}.{self.chance.randint(0, 99):02}",
            quantity=str(self.chance.randint(1, 4)),
            tax_group=self.chance.choice("BBCAO"),
        )

    def taken_back(self, original: Sale) -> Sale:
        """A credit note of one piece of the first line of that sale."""
        line = original.request["items"][0] | {"quantity": "1"}
        return self.new(
            original.place,
            invoice_type="FA",
            credit={"nature": "RAM", "original": original.fiscal_number},
            items=[line],
            payments=[requests.cash(f"{Decimal(line['unit_price']):.2f}")],
        )

    def instead_of(self, refused: Sale) -> Sale:
        """The same ticket again, as a new sale that replaces the refused one."""
        kept = {name: refused.request[name] for name in ("items", "payments", "invoice_type")}
        if "credit" in refused.request:
            kept["credit"] = refused.request["credit"]
        refused.replaced = True
        return self.new(refused.place, replaces=refused.sale_id, **kept)
