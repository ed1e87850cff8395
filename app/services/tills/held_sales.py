"""Sales of a revoked tablet: kept as they came, for a manager."""

from datetime import datetime

from app.access import KnownDevice
from app.fiscal.ledger import utc_text
from app.store.engine import Engine, reading, writing
from app.store.outlets import hold_outlet
from app.store.tables.tills import HeldSale
from app.store.tills import devices


def hold(engine: Engine, device: KnownDevice, sale_id: str, body: bytes, now: datetime) -> None:
    """The sale of a revoked tablet is kept as it came; the first bytes under an id stay."""
    row = HeldSale(
        outlet_id=device.outlet_id,
        sale_id=sale_id,
        device_id=device.device_id,
        body=body,
        at=utc_text(now),
    )
    with writing(engine) as session:
        hold_outlet(session, device.outlet_id)  # the same sale sent twice at once
        devices.hold_sale(session, row)


def is_held(engine: Engine, outlet_id: str, sale_id: str) -> bool:
    """Whether a revoked tablet of that outlet has sent this sale."""
    with reading(engine) as session:
        return devices.held_sale(session, outlet_id, sale_id) is not None
