"""A posted invoice, read and checked in the order the authority is believed to check it.

Order: rn (31), mode (33), type (3), items (8), item type (24), group (9), price and quantity,
payment (7), party checks, reference (4, 5). Codes 10, 11, 12 and 1 need what the e-MCF already
holds and come after. What has no documented code uses `AssumedCodes`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from app.control.simulator.behaviour import Behaviour
from app.control.simulator.tax import ZERO, Line, rates, specific_tax

INVOICE_TYPES = ("FV", "FT", "FA", "EV", "ET", "EA")
CREDIT_NOTES = ("FA", "EA")
ITEM_TYPES = ("BIE", "SER", "TAX")
CLIENT_TYPES = ("PP", "PM", "PC", "PL", "AO")
PAYMENT_TYPES = (
    "ESPECES",
    "VIREMENT",
    "CARTEBANCAIRE",
    "MOBILEMONEY",
    "CHEQUES",
    "CREDIT",
    "AUTRE",
)
REFERENCE_TYPES = ("COR", "RAN", "RAM", "RRR")
REFERENCE_SYMBOLS = 24
PRICE_DECIMALS = 2
QUANTITY_DECIMALS = 3

NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,9})?")
SPECIFIC = re.compile(r"\d{1,15}(\.\d{1,9})?%?")


class Refusal(Exception):  # an answer of the protocol: HTTP 200 with an errorCode
    """The authority refuses: `errorCode` and `errorDesc` of the answer."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text


class BadBody(Exception):  # an answer of the protocol: HTTP 400
    """The body is no JSON object, or a member has the wrong JSON type: HTTP 400."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line as posted: what a later credit note is compared with, and what is taxed."""

    code: str
    line: Line

    @property
    def key(self) -> tuple[str, str, Decimal]:
        """Code, group and unit price: what a credited line must find on the original."""
        return self.code, self.line.group, self.line.price


@dataclass(frozen=True, slots=True)
class Posted:
    """A request that passed every check that needs nothing but itself."""

    rn: str
    mode: str
    type: str
    items: tuple[Item, ...]
    reference: str
    """24 symbols of the original, `RRR`, or empty on a sale."""
    currency_rate: Decimal
    """CDF for one unit of the display currency; 0 when the invoice has none."""
    as_sent: Mapping[str, Any]


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in those bytes, numbers as exact decimals; raises BadBody."""
    try:
        document = json.loads(
            body, parse_float=Decimal, parse_int=Decimal, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise BadBody("The body is not JSON.") from error
    if not isinstance(document, dict):
        raise BadBody("The body is not a JSON object.")
    return document


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def fold(value: Any) -> Any:
    """The same document with lower-case member names: the server binds them in any case."""
    if isinstance(value, dict):
        return {name.lower(): fold(member) for name, member in value.items()}
    return [fold(member) for member in value] if isinstance(value, list) else value


def decimal(value: Any) -> Decimal:
    """The decimal in a JSON number or a JSON string; raises BadBody on anything else."""
    if isinstance(value, str) and NUMBER.fullmatch(value):
        value = Decimal(value)
    if not isinstance(value, Decimal):
        raise BadBody(f"{value!r} is not a number.")
    return value


def text(form: Mapping[str, Any], name: str) -> str:
    """The text of a member, empty when absent or null; raises BadBody on anything else."""
    value = form.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadBody(f"{name} is not a text.")
    return value.strip()


def read_invoice(document: Mapping[str, Any], nif: str, behaviour: Behaviour) -> Posted:
    """The request, once every check that needs nothing else has passed; raises Refusal."""
    form = fold(document)
    _check_head(form)
    mode = text(form, "mode")
    items = tuple(_item(raw, mode, behaviour) for raw in _objects(form, "items"))
    _check_payments(form)
    _check_parties(form, nif, behaviour)
    return Posted(
        rn=text(form, "rn"),
        mode=mode,
        type=text(form, "type"),
        items=items,
        reference=_reference(form, behaviour),
        currency_rate=_currency_rate(form),
        as_sent=document,
    )


def _objects(form: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects in a list; an absent or null list is empty."""
    value = form.get(name) or []
    if not isinstance(value, list) or not all(isinstance(member, dict) for member in value):
        raise BadBody(f"{name} is not a list of objects.")
    return value


def _object(form: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = form.get(name) or {}
    if not isinstance(value, dict):
        raise BadBody(f"{name} is not an object.")
    return value


def _check_head(form: Mapping[str, Any]) -> None:
    if not text(form, "rn"):
        raise Refusal("31", "Le numéro de la facture est vide.")
    if text(form, "mode") not in ("ttc", "ht"):
        raise Refusal("33", "Le mode de prix doit être ttc ou ht.")
    if text(form, "type") not in INVOICE_TYPES:
        raise Refusal("3", "Le type de la facture n'est pas valide.")
    items = _objects(form, "items")
    if not items:
        raise Refusal("8", "La facture ne contient aucun article.")
    if any(text(item, "type") not in ITEM_TYPES for item in items):
        raise Refusal("24", "Le type d'un article n'est pas valide.")


def _item(raw: Mapping[str, Any], mode: str, behaviour: Behaviour) -> Item:
    group = text(raw, "taxgroup").lower()
    if group not in rates(behaviour):
        raise Refusal("9", "Le groupe de taxation d'un article n'est pas valide.")
    price, quantity = decimal(raw.get("price")), decimal(raw.get("quantity"))
    # Clauses 1.5.1, 1.1.21, 1.1.22: at most 2 and 3 decimals, nothing zero or negative
    if not _within(price, PRICE_DECIMALS):
        raise Refusal(behaviour.codes.price, "Le prix d'un article n'est pas valide.")
    if not _within(quantity, QUANTITY_DECIMALS):
        raise Refusal(behaviour.codes.quantity, "La quantité d'un article n'est pas valide.")
    line = Line(group, price, quantity, _specific_value(raw), _specific_amount(raw))
    _check_specific(line, raw, mode, behaviour)
    return Item(text(raw, "code"), line)


def _within(number: Decimal, decimals: int) -> bool:
    return number > 0 and number == round(number, decimals)


def _specific_value(raw: Mapping[str, Any]) -> str:
    value = text(raw, "taxspecificvalue").replace(" ", "")
    if value and not SPECIFIC.fullmatch(value):
        raise BadBody("taxSpecificValue is neither a percentage nor an amount.")
    return value


def _specific_amount(raw: Mapping[str, Any]) -> Decimal:
    value = raw.get("taxspecificamount")
    return ZERO if value is None else decimal(value)


def _check_specific(line: Line, raw: Mapping[str, Any], mode: str, behaviour: Behaviour) -> None:
    if raw.get("taxspecificamount") is None or not line.specific_value:
        return
    if line.specific_amount != specific_tax(line, mode, behaviour):
        code = behaviour.codes.specific_amount
        raise Refusal(code, "La taxe spécifique n'est pas celle de la ligne entière.")


def _check_payments(form: Mapping[str, Any]) -> None:
    for payment in _objects(form, "payment"):
        if text(payment, "name") not in PAYMENT_TYPES:
            raise Refusal("7", "Le type de paiement n'est pas valide.")
        decimal(payment.get("amount"))


def _check_parties(form: Mapping[str, Any], nif: str, behaviour: Behaviour) -> None:
    codes = behaviour.codes
    if text(_object(form, "client"), "type") not in CLIENT_TYPES:
        raise Refusal(codes.client_type, "Le type du client n'est pas valide.")
    if text(form, "nif") != nif:
        raise Refusal(codes.nif, "Le NIF n'est pas celui du jeton.")
    if not text(form, "isf"):
        raise Refusal(codes.isf, "L'ISF est vide.")
    if not text(_object(form, "operator"), "name"):
        raise Refusal(codes.operator, "Le nom de l'opérateur est vide.")


def _reference(form: Mapping[str, Any], behaviour: Behaviour) -> str:
    """The reference of a credit note without hyphens; on a sale it is ignored, as DGI does."""
    if text(form, "type") not in CREDIT_NOTES:
        return ""
    reference = text(form, "reference")
    if not reference:
        raise Refusal("4", "La référence de la facture d'origine est absente.")
    nature = text(form, "referencetype")
    if nature not in REFERENCE_TYPES or (nature == "RRR") != (reference == "RRR"):
        raise Refusal(behaviour.codes.reference_type, "La nature de l'avoir n'est pas valide.")
    if reference == "RRR":
        return reference
    bare = reference if behaviour.strict_reference else reference.replace("-", "")
    if len(bare) != REFERENCE_SYMBOLS:
        raise Refusal("5", "La référence ne contient pas 24 caractères.")
    return bare.upper()


def _currency_rate(form: Mapping[str, Any]) -> Decimal:
    if text(form, "curcode").upper() in ("", "CDF") or form.get("currate") is None:
        return ZERO
    rate = decimal(form["currate"])
    return rate if rate > 0 else ZERO
