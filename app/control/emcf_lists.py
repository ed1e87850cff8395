"""The e-MCF's reference lists (`/api/info/...`), decoded, and what its token says of itself."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal, TypeVar

import msgspec

from app.control import emcf_answer
from app.control.emcf_answer import Illegible
from app.control.emcf_line import Line
from app.control.module import Unknown

ListName = Literal["invoiceTypes", "paymentTypes", "clientTypes", "referenceTypes", "itemTypes"]


class Described(msgspec.Struct, frozen=True):
    """A code of the authority and its words for it."""

    type: str
    description: str = ""


class CurrencyRate(msgspec.Struct, frozen=True):
    """CDF for one unit; only the current rate exists, `date` is as it came."""

    type: str
    rate: Decimal
    date: str = ""
    description: str | None = None


class Shop(msgspec.Struct, frozen=True, rename="camel"):
    """One e-MCF of the taxpayer; `status` is Enregistré, Actif or Désactivé."""

    nim: str
    status: str = ""
    shop_name: str | None = None
    address1: str | None = None
    address2: str | None = None
    address3: str | None = None
    contact1: str | None = None
    contact2: str | None = None
    contact3: str | None = None


class Portrait(msgspec.Struct, frozen=True, rename="camel"):
    """What `/api/info/status` says: the token's e-MCF, and all e-MCFs of the taxpayer."""

    status: bool
    nif: str
    nim: str
    token_valid: str
    server_date_time: str
    emcf_list: tuple[Shop, ...] = ()


T = TypeVar("T")


def tax_groups(line: Line) -> dict[str, Decimal] | Unknown:
    """The rate in percent of each group, by upper-case letter."""
    rates = _read(line, "taxGroups", dict[str, Decimal])
    if isinstance(rates, Unknown):
        return rates
    return {letter.upper(): rate for letter, rate in rates.items()}


def currency_rates(line: Line) -> tuple[CurrencyRate, ...] | Unknown:
    """Today's rates."""
    return _read(line, "currencyRates", tuple[CurrencyRate, ...])


def portrait(line: Line) -> Portrait | Unknown:
    """What the authority says of the token and of every e-MCF of its taxpayer."""
    return _read(line, "status", Portrait)


def described(line: Line, name: ListName) -> tuple[Described, ...] | Unknown:
    """A list of codes with the authority's words."""
    return _read(line, name, tuple[Described, ...])


def _read(line: Line, name: str, kind: type[T]) -> T | Unknown:
    read = emcf_answer.document(line.get(f"/api/info/{name}"))
    if isinstance(read, Illegible):
        return Unknown(read.why, confirming=False)
    try:
        return msgspec.convert(read, kind, strict=False)
    except msgspec.ValidationError:
        return Unknown(f"La DGI a répondu une liste illisible ({name}).", confirming=False)


class TokenUnreadable(ValueError):
    """The text is no token of an e-MCF; the message is French."""


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """What a token says of itself. Nothing of it is verified: only the authority can."""

    nif: str
    nim: str
    issuer: str
    expires: datetime


def read_token(token: str) -> TokenClaims:
    """What the token says of itself; raises TokenUnreadable.

    For the day it is pasted in: its NIF and NIM are compared with the shop's before first use.
    """
    try:
        claims = _claims(token.strip().removeprefix("Bearer "))
        nif, nim = claims["unique_name"].split("|")
        expires = datetime.fromtimestamp(int(claims["exp"]), UTC)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise TokenUnreadable("Ce texte n'est pas un jeton d'e-MCF.") from error
    return TokenClaims(nif, nim, str(claims.get("iss", "")), expires)


def _claims(token: str) -> Mapping[str, Any]:
    _, payload, _ = token.split(".")
    claims: Mapping[str, Any] = json.loads(
        base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    )
    return claims
