"""Who sells in the requests of the tests."""

from app.store.tables.people import Person


def marie(outlet_id: str) -> Person:
    """C1, named in every request of `requests`; she opens no till."""
    return Person(outlet_id=outlet_id, cashier_id="C1", name="Marie", role="cashier", pin_hash="-")
