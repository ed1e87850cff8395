"""Tablets: which key is which terminal, and the sales of revoked ones."""

from sqlmodel import Session, col, func, select

from app.store.tables.tills import Device, HeldSale


def device(session: Session, device_id: str) -> Device | None:
    """The tablet of that id, whatever its outlet."""
    return session.exec(select(Device).where(Device.device_id == device_id)).one_or_none()


def standing_at(session: Session, outlet_id: str, terminal_id: str) -> list[Device]:
    """The tablets that are that terminal: one, or none."""
    return list(
        session.exec(
            select(Device).where(
                Device.outlet_id == outlet_id,
                Device.terminal_id == terminal_id,
                col(Device.replaced_at).is_(None),
                col(Device.revoked_at).is_(None),
            )
        )
    )


def occupied_terminals(session: Session, outlet_id: str) -> set[str]:
    """The terminals of the outlet that some tablet is."""
    query = select(Device.terminal_id).where(
        Device.outlet_id == outlet_id,
        col(Device.replaced_at).is_(None),
        col(Device.revoked_at).is_(None),
    )
    return set(session.exec(query))


def add(session: Session, row: Device) -> None:
    """The tablet is known."""
    session.add(row)
    session.flush()


def held_sale(session: Session, outlet_id: str, sale_id: str) -> HeldSale | None:
    """The sale as a revoked tablet sent it."""
    return session.get(HeldSale, (outlet_id, sale_id))


def hold_sale(session: Session, row: HeldSale) -> None:
    """The sale is kept as it came; one that was kept before stays as it was."""
    if held_sale(session, row.outlet_id, row.sale_id) is None:
        session.add(row)
        session.flush()


def devices_heard(session: Session, outlet_id: str) -> list[Device]:
    """The tablets of the outlet that ever told how they are, by terminal."""
    query = select(Device).where(Device.outlet_id == outlet_id, col(Device.heard_at).is_not(None))
    return list(session.exec(query.order_by(col(Device.terminal_id), col(Device.enrolled_at))))


def held_device(session: Session, outlet_id: str, device_id: str) -> Device:
    """The tablet's row; until this transaction ends no other changes it."""
    return session.get_one(Device, (outlet_id, device_id), with_for_update=True)


def sales_held_since(session: Session, device: Device) -> int:
    """How many sales of the tablet were kept for the manager since it last told its queue."""
    query = select(func.count()).where(
        HeldSale.outlet_id == device.outlet_id,
        HeldSale.device_id == device.device_id,
        HeldSale.at >= (device.heard_at or ""),
    )
    return session.exec(query).one()
