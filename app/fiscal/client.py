"""Who buys: the members of the request, and the `Client` that they become."""

from dataclasses import dataclass
from typing import Final

from app.fiscal.codes import CLIENT_TYPES
from app.fiscal.reading import Nif, Object, OneOf, Text


@dataclass(frozen=True, slots=True)
class Client:
    """To whom the invoice is made out (SFE 1.1.11)."""

    type: str
    name: str | None = None
    nif: str | None = None
    contact: str | None = None
    address: str | None = None
    trade_name: str | None = None
    rccm: str | None = None
    phone: str | None = None
    email: str | None = None


CLIENT: Final = Object(
    {
        "type": OneOf(frozenset(CLIENT_TYPES), "SFE-1.1.11"),
        "name": Text(64, "Nom du client", word=True),
        "nif": Nif("NIF du client"),
        "contact": Text(64, "Téléphone du client"),
        "address": Text(64, "Adresse du client"),
        "trade_name": Text(64, "Enseigne du client", word=True),
        "rccm": Text(32, "RCCM du client", word=True),
        "phone": Text(32, "Numéro de téléphone du client", word=True),
        "email": Text(64, "E-mail du client", word=True),
    },
    frozenset({"name", "nif", "contact", "address", "trade_name", "rccm", "phone", "email"}),
    name="Client",
)
