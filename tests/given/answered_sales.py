"""Sales that a control module has answered, without one: the facts as they stand afterwards."""

from collections.abc import Mapping

from app.fiscal.canonical import canonical
from app.fiscal.ledger import PlainKind
from app.fiscal.normalised import Elements, normalised_body, refused_body
from app.services.ledger.facts import append_fact
from app.services.ledger.settle import Settled
from app.store.engine import writing
from app.store.ledger import entries as rows
from tests.given import ledgers, requests
from tests.given.shop_in_process import InProcessShop


def fact(
    shop: InProcessShop,
    kind: PlainKind,
    body: Mapping[str, str],
    about: str | None = None,
    answer: Mapping[str, str] | None = None,
) -> None:
    """That fact stands in the outlet's ledger, and the frozen answer of {sale_id: status}."""
    key = ("KIN01", "1")
    with writing(shop.engine) as session:
        held = rows.lock_heads(session, [key])[key]
        append_fact(session, held, kind, canonical(dict(body)), held.head.timestamp, about=about)
        rows.insert_answers(
            session,
            [
                {"outlet_id": "KIN01", "sale_id": sale_id, "status": status, "body": b"{}"}
                for sale_id, status in (answer or {}).items()
            ],
        )


def normalise(shop: InProcessShop, settled: Settled) -> None:
    """The sale is normalised."""
    sale = settled.sale
    elements = Elements(
        nim=requests.NIM,
        uid="u",
        request=b"{}",
        answer=b"{}",
        confirmation=b"{}",
        code_def_dgi=ledgers.code_def_dgi(),
        counters="1/1 FV",
        date_time="22/11/2026 11:15:31",
        qr_code="RDCF01;x",
        total="90000.00",
        vat="12413.79",
    )
    body = normalised_body(
        elements, fiscal_number=sale.fiscal_number, entry_hash=sale.entry_hash, module="emcf"
    )
    fact(shop, "normalised", body, sale.fiscal_number, _unless_frozen(settled, "normalised"))


def refuse(shop: InProcessShop, settled: Settled) -> None:
    """The sale is refused."""
    sale = settled.sale
    body = refused_body(
        sale_id=sale.sale_id,
        fiscal_number=sale.fiscal_number,
        entry_hash=sale.entry_hash,
        by="emcf",
        code="150",
        text="Taux inconnu.",
        answer=b"{}",
    )
    fact(shop, "refused", body, sale.fiscal_number, _unless_frozen(settled, "refused"))


def _unless_frozen(settled: Settled, status: str) -> dict[str, str]:
    return {} if settled.frozen is not None else {settled.sale.sale_id: status}
