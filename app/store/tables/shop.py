"""The tables of what a shop sells, at which rates, and to whom.

Money is integer centimes, quantities integer thousandths, times `YYYY-MM-DDTHH:MM:SSZ` text.
"""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from app.store.columns import big


class Client(SQLModel, table=True):
    """A customer that an invoice has named (SFE 1.1.11), as the tills of the outlet know it."""

    __table_args__ = (Index("ix_client_changed", "outlet_id", "changed"),)

    outlet_id: str = Field(primary_key=True, foreign_key="outlet.outlet_id")
    client_id: str = Field(primary_key=True)
    """The NIF, or for a client without one a hash of type and name."""
    type: str
    name: str
    nif: str = ""
    contact: str = ""
    address: str = ""
    exemption: str = ""
    """The last reference of an exemption document (comment line A)."""
    changed: int = big()
    """Cursor of the outlet's clients: larger than that of every change before."""


class Article(SQLModel, table=True):
    """What the till sells; prices in centimes."""

    __table_args__ = (Index("ix_article_changed", "outlet_id", "changed"),)

    outlet_id: str = Field(primary_key=True, foreign_key="outlet.outlet_id")
    code: str = Field(primary_key=True)
    type: str
    name: str
    unit: str
    category: str
    unit_price: int = big()
    tax_group: str
    barcode: str | None = None
    specific_tax_kind: str | None = None
    specific_tax_value: int | None = None
    """Centimes per unit, or thousandths of a percent."""
    specific_tax_label: str | None = None
    favourite: bool = False
    changed: int = big(default=0)
    """Cursor of the outlet's articles: larger than that of every change before."""
    gone: bool = False
    """It is no longer sold; the tills must hear so."""


class CurrencyRate(SQLModel, table=True):
    """The BCC mean of a day: ten-thousandths of CDF for one USD."""

    __tablename__ = "currency_rate"

    outlet_id: str = Field(primary_key=True, foreign_key="outlet.outlet_id")
    currency: str = Field(primary_key=True)
    day: str = Field(primary_key=True)
    rate: int = big()
    source: str
