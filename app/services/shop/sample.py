"""The demo's shop: a merchant, an outlet, people, articles, rates; put there once."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from app.access import OPERATIONS
from app.services.people.pins import hash_pin
from app.services.shop.clients import client_id
from app.store import outlets
from app.store.dgi import modules
from app.store.engine import Engine, Session, reading, writing
from app.store.people import people
from app.store.shop import articles
from app.store.shop.clients import keep_client
from app.store.shop.rates import put_rate
from app.store.tables.dgi import ControlModuleRow
from app.store.tables.outlets import ApiKey, Merchant, Outlet
from app.store.tables.people import ExternalPerson, Person, Role
from app.store.tables.shop import Article, Client, CurrencyRate
from app.store.tables.tills import Terminal
from app.store.tills import terminals

NIF: Final = "A2512345Z"
OUTLET: Final = "KIN01"
NIM: Final = "CD01999901-1"
TERMINAL: Final = "T1"
PEOPLE: Final[Sequence[tuple[str, str, Role, str]]] = (
    ("C1", "Marie", "cashier", "1234"),
    ("C2", "Joseph", "cashier", "2345"),
    ("M1", "Béatrice", "manager", "9876"),
)
"""Identity, name, role, PIN."""
WEB_SHOP: Final = ("W1", "Ruth")
"""Identity and name of who sells for the key of the card, and opens no till."""

hashed: Final = cache(hash_pin)
"""The PINs above are no secret: one process hashes each of them once."""

RATE: Final = 28_500_000
"""CDF for one USD, ten-thousandths."""
RATE_DAYS: Final = 30

ARTICLES: Final[Sequence[tuple[str, str, str, str, int, str, str]]] = (
    ("FAR25", "Farine 25 kg", "Épicerie", "sac", 4_500_000, "B", "6001000000017"),
    ("FAR01", "Farine 1 kg", "Épicerie", "paquet", 220_000, "B", "6001000000024"),
    ("RIZ05", "Riz 5 kg", "Épicerie", "sac", 1_450_000, "B", "6001000000031"),
    ("SEL01", "Sel 1 kg", "Épicerie", "paquet", 150_000, "A", "6001000000048"),
    ("SUC01", "Sucre 1 kg", "Épicerie", "paquet", 320_000, "B", "6001000000055"),
    ("HUI01", "Huile végétale 1 l", "Épicerie", "bouteille", 610_000, "C", "6001000000062"),
    ("LAI04", "Lait en poudre 400 g", "Épicerie", "boîte", 890_000, "B", "6001000000079"),
    ("TOM07", "Tomate concentrée 70 g", "Épicerie", "boîte", 60_000, "B", "6001000000086"),
    ("SAR12", "Sardines 125 g", "Épicerie", "boîte", 280_000, "B", "6001000000093"),
    ("PAI01", "Pain", "Frais", "pièce", 50_000, "A", "6001000000109"),
    ("OEU06", "Œufs, plateau de 6", "Frais", "plateau", 360_000, "A", "6001000000116"),
    ("POI01", "Chinchard congelé 1 kg", "Frais", "kg", 740_000, "B", "6001000000123"),
    ("EAU15", "Eau minérale 1,5 l", "Boissons", "bouteille", 150_000, "B", "6001000000130"),
    ("JUS01", "Jus de mangue 1 l", "Boissons", "brique", 420_000, "B", "6001000000147"),
    ("BIE72", "Bière 72 cl", "Boissons", "bouteille", 350_000, "B", "6001000000154"),
    ("CON01", "Consigne bouteille", "Boissons", "pièce", 100_000, "H", "6001000000161"),
    ("SAV04", "Savon 400 g", "Maison", "pièce", 210_000, "C", "6001000000178"),
    ("LES01", "Lessive 1 kg", "Maison", "paquet", 480_000, "B", "6001000000185"),
    ("BOU10", "Bougies, paquet de 10", "Maison", "paquet", 250_000, "B", "6001000000192"),
    ("PIL02", "Piles AA, par 2", "Maison", "paquet", 300_000, "B", "6001000000208"),
    ("CRE50", "Crédit téléphone 5 000 FC", "Services", "carte", 500_000, "B", "6001000000215"),
    ("PHO01", "Photocopie A4", "Services", "page", 20_000, "B", "6001000000222"),
)
"""Code, name, category, unit, price in centimes, group, barcode."""

CLIENTS: Final = (
    (
        "PM",
        "Quincaillerie Exemple SARL",
        "A2699999B",
        "+243 000 000 011",
        "1 av. Fictive, Kinshasa",
    ),
    (
        "PM",
        "Hôtel du Fleuve Exemple SA",
        "A2611111C",
        "+243 000 000 012",
        "8 quai Fictif, Kinshasa",
    ),
    (
        "PC",
        "Mme Exemple, restauration",
        "A2622222D",
        "+243 000 000 013",
        "5 av. Inventée, Kinshasa",
    ),
    ("AO", "Ambassade d'Exemple", "", "+243 000 000 014", "20 bd Fictif, Gombe, Kinshasa"),
)
"""Type, name, NIF, contact, address of the clients that are known from the start."""
EXEMPTION: Final = "EXO-2026-0042"
"""The reference of the embassy's exemption document."""

_FAVOURITES: Final = frozenset(
    {"PAI01", "EAU15", "FAR25", "FAR01", "RIZ05", "SEL01", "SUC01", "SAV04", "HUI01", "TOM07"}
    | {"OEU06", "JUS01", "BIE72", "CON01", "BOU10", "CRE50"}
)
_SERVICES: Final = frozenset({"CRE50", "PHO01"})


@dataclass(frozen=True, slots=True)
class EmcfAddress:
    """Where the demo's e-MCF answers."""

    url: str
    token: str


def furnish(engine: Engine, isf: str, emcf: EmcfAddress, now: datetime) -> None:
    """The sample shop stands, at that e-MCF; what was sold before stays."""
    with writing(engine) as session:
        _furnish_outlet(session, isf, emcf)
        _furnish_people(session)
        articles.put_articles(session, *map(_article, ARTICLES))
        for row in CLIENTS:
            keep_client(session, _client(row))
        for day in range(RATE_DAYS):
            put_rate(session, _rate((now - timedelta(days=day)).date().isoformat()))


def _furnish_outlet(session: Session, isf: str, emcf: EmcfAddress) -> None:
    rccm = "CD/KIN/RCCM/24-B-00000"
    outlets.put(session, Merchant(nif=NIF, name="Alimentation Exemple SARL", rccm=rccm))
    modules.put_module(session, ControlModuleRow(nim=NIM, nif=NIF, url=emcf.url, token=emcf.token))
    outlets.put(
        session,
        Outlet(
            outlet_id=OUTLET,
            merchant_nif=NIF,
            name="Alimentation Exemple",
            address="12 av. du Commerce, Gombe, Kinshasa",
            contact="+243 000 000 000",
            regime="Régime réel, assujetti à la TVA",
            isf=isf,
            zone="Africa/Kinshasa",
            control_module=NIM,
        ),
    )
    terminals.put_terminal(
        session, Terminal(outlet_id=OUTLET, terminal_id=TERMINAL, name="Caisse 1")
    )


def _furnish_people(session: Session) -> None:
    for cashier_id, name, role, pin in PEOPLE:
        if people.person(session, OUTLET, cashier_id) is None:
            people.put_people(
                session,
                Person(
                    outlet_id=OUTLET,
                    cashier_id=cashier_id,
                    name=name,
                    role=role,
                    pin_hash=hashed(pin),
                ),
            )


def _article(row: tuple[str, str, str, str, int, str, str]) -> Article:
    code, name, category, unit, price, group, barcode = row
    return Article(
        outlet_id=OUTLET,
        code=code,
        type="SER" if code in _SERVICES else "BIE",
        name=name,
        unit=unit,
        category=category,
        unit_price=price,
        tax_group=group,
        barcode=barcode,
        favourite=code in _FAVOURITES,
    )


def _client(row: tuple[str, str, str, str, str]) -> Client:
    kind, name, nif, contact, address = row
    return Client(
        outlet_id=OUTLET,
        client_id=client_id(kind, name, nif),
        type=kind,
        name=name,
        nif=nif,
        contact=contact,
        address=address,
        exemption=EXEMPTION if kind == "AO" else "",
        changed=0,
    )


def _rate(day: str) -> CurrencyRate:
    return CurrencyRate(
        outlet_id=OUTLET, currency="USD", day=day, rate=RATE, source="démonstration"
    )


def _known_key(engine: Engine, path: Path) -> str | None:
    try:
        key = str(json.loads(path.read_text())["api_key"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    with reading(engine) as session:
        return key if outlets.api_key(session, _hash(key)) else None


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _new_key(engine: Engine) -> str:
    key = f"bono_{secrets.token_urlsafe(32)}"
    key_id = secrets.token_hex(4)
    with writing(engine) as session:
        outlets.put(
            session,
            ApiKey(
                key_hash=_hash(key),
                key_id=key_id,
                outlet_id=OUTLET,
                operations=" ".join(OPERATIONS),
            ),
        )
        cashier_id, name = WEB_SHOP
        person = ExternalPerson(outlet_id=OUTLET, key_id=key_id, cashier_id=cashier_id, name=name)
        people.put_people(session, person)
    return key


def write_card(engine: Engine, path: Path, url: str, emcf_url: str) -> dict[str, Any]:
    """`demo.json` stands with the address, the people and an API key; the key of before is kept."""
    card = {
        "url": url,
        "outlet_id": OUTLET,
        "merchant_nif": NIF,
        "terminal_id": TERMINAL,
        "cashier_id": PEOPLE[0][0],
        "api_key": _known_key(engine, path) or _new_key(engine),
        "emcf_url": emcf_url,
        "users": [
            {"cashier_id": cashier_id, "name": name, "role": role, "pin": pin}
            for cashier_id, name, role, pin in PEOPLE
        ],
    }
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n")
    unfinished.chmod(0o600)
    unfinished.replace(path)
    return card
