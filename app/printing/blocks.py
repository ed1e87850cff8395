"""What a paper is made of, before anyone knows how wide it is.

The page, the PDF and the printer render the same blocks in the same order; none of them adds a
word of the law or drops one. `kind` is the name by which a template tells the blocks apart.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from app.printing import qr


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and its value. Renderers set the colon."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells, and where."""

    kind: ClassVar[str] = "seller"
    name: str
    lines: tuple[str, ...]
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Title:
    """What this paper is, with the marks the law wants large."""

    kind: ClassVar[str] = "title"
    text: str
    marks: tuple[str, ...]
    across: str = ""
    """A word that stands across the whole paper."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence about the state of the paper."""

    kind: ClassVar[str] = "notice"
    text: str


SectionRole = Literal["document", "credit", "client", "comments"]


@dataclass(frozen=True, slots=True)
class Section:
    """Labelled facts under a heading."""

    kind: ClassVar[str] = "section"
    role: SectionRole
    heading: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One article sold."""

    name: str
    code: str
    """The type in brackets and the code of the article."""
    group: str
    quantity: str
    unit_price: str
    amount: str
    notes: tuple[str, ...]
    """Specific tax and discount, one sentence each."""


@dataclass(frozen=True, slots=True)
class Items:
    """The articles, in the order in which they were sent."""

    kind: ClassVar[str] = "items"
    price_label: str
    lines: tuple[ItemLine, ...]

    @property
    def count_label(self) -> str:
        """How many lines of articles there are, so that none can be cut off unseen."""
        return f"Nombre d’articles : {len(self.lines)}"


@dataclass(frozen=True, slots=True)
class GroupLine:
    """The amounts of one tax group."""

    group: str
    label: str
    rate: str
    base: str
    specific_tax: str
    vat: str
    total: str


@dataclass(frozen=True, slots=True)
class Groups:
    """The amounts per tax group. `taxed` says whether any group has a specific tax."""

    kind: ClassVar[str] = "groups"
    taxed: bool
    lines: tuple[GroupLine, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of the paper, and the last one in words."""

    kind: ClassVar[str] = "totals"
    pairs: tuple[Pair, ...]
    total: Pair
    words: str


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """One payment: means, amount in francs, and what was handed over."""

    label: str
    amount: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Payments:
    """How the total was paid."""

    kind: ClassVar[str] = "payments"
    lines: tuple[PaymentLine, ...]


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR symbol with the sentence that says what it opens."""

    payload: str
    level: qr.Level
    caption: str

    @property
    def modules(self) -> qr.Matrix:
        """The symbol without its quiet zone."""
        return qr.modules(self.payload, self.level)

    @property
    def path(self) -> str:
        """The `d` of one SVG path."""
        return qr.svg_path(self.modules)

    @property
    def side(self) -> int:
        """The side of the SVG's view box."""
        return qr.svg_side(self.modules)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One layer of proof: its QR and its elements."""

    kind: ClassVar[str] = "evidence"
    role: Literal["dgi", "seal"]
    heading: str
    qr: QrCode
    pairs: tuple[Pair, ...]


Block = Seller | Title | Notice | Section | Items | Groups | Totals | Payments | Evidence
