"""Outlets: what a sale is judged against, their control modules, and the keys of the API."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from sqlmodel import Session, col, select

from app.fiscal.invoice import Seller
from app.fiscal.tables import TABLES, TaxTable
from app.fiscal.tax import TsOrder
from app.store.rules.law import tables_of_law
from app.store.rules.settings import changed_settings
from app.store.tables.dgi import ControlModuleRow, CreditTable, StoppedGroup
from app.store.tables.outlets import ApiKey, LegalMode, Merchant, OfflinePolicy, Outlet
from app.store.tables.people import Person
from app.store.tables.rules import Setting
from app.store.tables.tills import Terminal
from app.store.tenancy import within


@dataclass(frozen=True, slots=True)
class OutletFacts:
    """An outlet as a sale needs it."""

    outlet_id: str
    merchant_nif: str
    seller: dict[str, str]
    """The member `seller` of the canonical invoice."""
    legal_mode: LegalMode
    septante: bool
    control_module: str | None
    ts_order: TsOrder
    credit_table: CreditTable
    terminals: frozenset[str]
    offline_hours: int
    """How long before it is sealed a sale may have been made."""
    people: Mapping[str, str] = field(default_factory=dict)
    """Names by `cashier_id` of those who may sell here: cashiers and managers."""
    stopped_groups: frozenset[str] = frozenset()
    """Tax groups that nothing is sealed with: the authority's rate is not ours."""
    nif_of_the_dgi: bool = True
    """A client's NIF must have the shape that the DGI gives it."""
    tables: tuple[TaxTable, ...] = TABLES
    """The tax tables, in the order in which they come into force."""

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
    rules = changed_settings(session, outlet_id)
    return OutletFacts(
        outlet_id=outlet.outlet_id,
        merchant_nif=outlet.merchant_nif,
        seller=_seller(outlet, session.get_one(Merchant, outlet.merchant_nif)),
        legal_mode=outlet.legal_mode,
        septante=outlet.septante,
        control_module=outlet.control_module,
        ts_order=cast("TsOrder", module.ts_order) if module else "total-first",
        credit_table=module.credit_table if module else "original",
        terminals=frozenset(terminals),
        offline_hours=outlet.offline_hours,
        people=_people(session, outlet_id),
        stopped_groups=_stopped_groups(session, outlet_id, rules),
        nif_of_the_dgi=_holds(rules, "nif_of_the_dgi"),
        tables=tables_of_law(session),
    )


def _people(session: Session, outlet_id: str) -> dict[str, str]:
    query = select(Person.cashier_id, Person.name).where(Person.outlet_id == outlet_id)
    return dict(session.exec(query).all())


def _holds(rules: Mapping[str, Setting], name: str) -> bool:
    """Whether that yes or no, which is yes where nobody changed it, is yes."""
    return name not in rules or rules[name].value != "0"


def _seller(outlet: Outlet, merchant: Merchant) -> dict[str, str]:
    """Who sells, as the invoice names them; the legal name where the door says another one."""
    return Seller(
        name=outlet.name,
        address=outlet.address,
        contact=outlet.contact,
        regime=outlet.regime,
        isf=outlet.isf,
        zone=outlet.zone,
        legal_name=merchant.name if merchant.name != outlet.name else None,
        rccm=merchant.rccm,
        phone=outlet.phone,
        email=outlet.email,
    ).document()


def _stopped_groups(
    session: Session, outlet_id: str, rules: Mapping[str, Setting]
) -> frozenset[str]:
    """None of them while the rule says no: whoever changes it need not wait for the next list."""
    query = select(StoppedGroup.tax_group).where(StoppedGroup.outlet_id == outlet_id)
    return (
        frozenset(session.exec(query)) if _holds(rules, "table_difference_stops") else frozenset()
    )


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


def put(session: Session, row: Merchant | Outlet | ApiKey) -> None:
    """The row stands as given, whether new or not."""
    session.merge(row)
    session.flush()


@dataclass(frozen=True, slots=True)
class OutletWithModule:
    """An outlet, and the control module that it sends to."""

    outlet_id: str
    zone: str
    offline_policy: OfflinePolicy
    offline_hours: int
    module: ControlModuleRow | None


def outlets_with_modules(session: Session, outlet_id: str) -> list[OutletWithModule]:
    """That outlet, or with `EVERYWHERE` each one, in order."""
    return [_place(row, module) for row, module in outlets(session, outlet_id)]


def _place(outlet: Outlet, module: ControlModuleRow | None) -> OutletWithModule:
    approved = outlet.provisional_approval
    policy: OfflinePolicy = outlet.offline_policy if approved else "bloquer"
    return OutletWithModule(outlet.outlet_id, outlet.zone, policy, outlet.offline_hours, module)


def outlets(session: Session, outlet_id: str) -> list[tuple[Outlet, ControlModuleRow | None]]:
    """That outlet with its control module, or with `EVERYWHERE` each one, in order."""
    query = (
        select(Outlet, ControlModuleRow)
        .join(
            ControlModuleRow,
            col(ControlModuleRow.nim) == col(Outlet.control_module),
            isouter=True,
        )
        .where(within(col(Outlet.outlet_id), outlet_id))
        .order_by(col(Outlet.outlet_id))
    )
    return [(outlet, module) for outlet, module in session.execute(query).all()]


def outlet(session: Session, outlet_id: str) -> Outlet:
    """The outlet's row."""
    return session.get_one(Outlet, outlet_id)
