"""Opening a series: the first entry of a sealing party in an outlet, under its own seal."""

from collections.abc import Callable

from app.fiscal.canonical import canonical, digest
from app.fiscal.ledger import Head
from app.fiscal.seal import other_statement
from app.services.ledger.party import SealingParty, seal_entry
from app.services.ledger.thread import SealingThread
from app.store.engine import Engine, Session, writing
from app.store.ledger import entries as rows
from app.store.ledger.keys import publish_key
from app.store.outlets import OutletFacts, hold_outlet, outlet_facts, outlet_ids
from app.store.tables.ledger import SigningKey

KEY_LIFE_YEARS = 10


def open_series(session: Session, party: SealingParty, outlet: OutletFacts, at: str) -> bool:
    """The party's series stands in that outlet, its key published; False when it did before."""
    signer = party.signer
    hold_outlet(session, outlet.outlet_id)  # processes start together: one of them opens
    publish_key(session, _published(party, at))
    key = (outlet.outlet_id, party.series)
    if rows.lock_heads(session, [key]):
        return False
    head = Head(outlet.outlet_id, party.series)
    rows.open_series_row(session, signer.authority, head)
    body = canonical(
        {
            "v": "opened/1",
            "authority": signer.authority,
            "outlet_id": outlet.outlet_id,
            "series": party.series,
            "key": {"kid": signer.kid, **signer.public_jwk()},
        }
    )
    statement = other_statement(
        kind="opened",
        authority=signer.authority,
        merchant_nif=outlet.merchant_nif,
        outlet_id=outlet.outlet_id,
        series=party.series,
        position=1,
        timestamp=at,
        payload=digest(body),
        previous=head.entry_hash,
    )
    appended = seal_entry(party, head, "opened", statement, body).appended
    rows.insert_entries(session, [rows.ledger_row(appended, body)])
    rows.save_heads(session, [appended.head])
    return True


def open_all(engine: Engine, sealing: SealingThread) -> None:
    """Every outlet has the series of this process's party.

    Raises:
        SealRefused: the signer or the clock cannot be trusted now.
    """

    def work(party: SealingParty, now: Callable[[Session], str]) -> None:
        with writing(engine) as session:
            for outlet_id in outlet_ids(session):
                outlet = outlet_facts(session, outlet_id)
                if outlet is not None:
                    open_series(session, party, outlet, now(session))

    sealing.call(work).result()


def _published(party: SealingParty, at: str) -> SigningKey:
    signer = party.signer
    return SigningKey(
        kid=signer.kid,
        authority=signer.authority,
        jwk=canonical(dict(signer.public_jwk())).decode(),
        outlets="*",
        not_before=at,
        not_after=f"{int(at[:4]) + KEY_LIFE_YEARS}{at[4:]}",
    )
