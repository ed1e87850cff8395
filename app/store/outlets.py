"""Outlets, their terminals, keys and rates: what a sale is judged against."""

from dataclasses import dataclass
from typing import cast

from sqlmodel import Session, col, select

from app.fiscal.tax import TsOrder
from app.store.outbox import try_now
from app.store.settings import changed_settings
from app.store.tables.dgi import ControlModuleRow, StoppedGroup
from app.store.tables.ledger import SigningKey
from app.store.tables.outlets import ApiKey, Merchant, Outlet
from app.store.tables.shop import CurrencyRate
from app.store.tables.tills import Terminal


@dataclass(frozen=True, slots=True)
class OutletFacts:
    """An outlet as a sale needs it."""

    outlet_id: str
    merchant_nif: str
    seller: dict[str, str]
    """The member `seller` of the canonical invoice."""
    legal_mode: str
    septante: bool
    control_module: str | None
    ts_order: TsOrder
    terminals: frozenset[str]
    stopped_groups: frozenset[str] = frozenset()
    """Tax groups that nothing is sealed with: the authority's rate is not ours."""

    @property
    def zone(self) -> str:
        """The outlet's time zone."""
        return self.seller["zone"]


def outlet_facts(session: Session, outlet_id: str) -> OutletFacts | None:
    """The outlet of that code, or None."""
    outlet = session.get(Outlet, outlet_id)
    if outlet is None:
        return None
    module = session.get(ControlModuleRow, outlet.control_module) if outlet.control_module else None
    terminals = session.exec(select(Terminal.terminal_id).where(Terminal.outlet_id == outlet_id))
    return OutletFacts(
        outlet_id=outlet.outlet_id,
        merchant_nif=outlet.merchant_nif,
        seller={
            "name": outlet.name,
            "address": outlet.address,
            "contact": outlet.contact,
            "regime": outlet.regime,
            "isf": outlet.isf,
            "zone": outlet.zone,
        },
        legal_mode=outlet.legal_mode,
        septante=outlet.septante,
        control_module=outlet.control_module,
        ts_order=cast("TsOrder", module.ts_order) if module else "total-first",
        terminals=frozenset(terminals),
        stopped_groups=_stopped_groups(session, outlet_id),
    )


def _stopped_groups(session: Session, outlet_id: str) -> frozenset[str]:
    """None of them while the rule says no: whoever changes it need not wait for the next list."""
    query = select(StoppedGroup.tax_group).where(StoppedGroup.outlet_id == outlet_id)
    stopped = frozenset(session.exec(query))
    if not stopped:
        return stopped
    rule = changed_settings(session, outlet_id).get("table_difference_stops")
    return frozenset() if rule is not None and rule.value == "0" else stopped


def hold_outlet(session: Session, outlet_id: str) -> None:
    """No other transaction changes the outlet's row or holds it before this one ends."""
    session.exec(select(Outlet.outlet_id).where(Outlet.outlet_id == outlet_id).with_for_update())


def outlet_ids(session: Session) -> list[str]:
    """Every outlet code, in order."""
    return list(session.exec(select(Outlet.outlet_id).order_by(col(Outlet.outlet_id))))


def api_key(session: Session, key_hash: str) -> ApiKey | None:
    """The key with that hash unless it was revoked."""
    row = session.get(ApiKey, key_hash)
    return row if row is not None and row.revoked_at is None else None


def mean_rate(session: Session, outlet_id: str, currency: str, day: str) -> CurrencyRate | None:
    """The outlet's latest rate row on or before that day."""
    return session.exec(
        select(CurrencyRate)
        .where(
            CurrencyRate.outlet_id == outlet_id,
            CurrencyRate.currency == currency,
            CurrencyRate.day <= day,
        )
        .order_by(col(CurrencyRate.day).desc())
        .limit(1)
    ).one_or_none()


def signing_keys(session: Session) -> list[SigningKey]:
    """Every public key of every sealing party, oldest first."""
    return list(
        session.exec(select(SigningKey).order_by(col(SigningKey.not_before), col(SigningKey.kid)))
    )


def publish_key(session: Session, key: SigningKey) -> None:
    """The key is published; one that was published before stays as it was."""
    if session.get(SigningKey, key.kid) is None:
        session.add(key)


def put(session: Session, row: Merchant | Outlet | ApiKey | CurrencyRate) -> None:
    """The row stands as given, whether new or not."""
    session.merge(row)
    session.flush()


def put_terminal(session: Session, row: Terminal) -> None:
    """The terminal stands; one that was enrolled stays enrolled."""
    if session.get(Terminal, (row.outlet_id, row.terminal_id)) is None:
        session.add(row)
        session.flush()


def put_module(session: Session, row: ControlModuleRow) -> None:
    """The module answers at that address with that token; its owner and counters stay."""
    known = session.get(ControlModuleRow, row.nim)
    if known is None:
        session.add(row)
    else:
        if known.token != row.token:
            known.token_valid = None  # the authority has said nothing of this one
        if (known.url, known.token) != (row.url, row.token):
            try_now(session, row.nim)  # whatever the one before waited for
        known.url, known.token, known.nif = row.url, row.token, row.nif
    session.flush()


def put_token_end(session: Session, nim: str, until: str) -> None:
    """The authority says that the module's token is valid until then."""
    module = session.get_one(ControlModuleRow, nim, with_for_update=True)
    module.token_valid = until
    session.flush()
