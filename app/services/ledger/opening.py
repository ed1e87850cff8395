"""Opening a series: the first entry of a sealing party in an outlet, under its own seal."""

from collections.abc import Callable, Mapping

from app.fiscal.canonical import canonical, digest
from app.fiscal.ledger import Head
from app.fiscal.seal import other_statement
from app.services.ledger.facts import append_event_in
from app.services.ledger.keys import check_own_key, own_fingerprint
from app.services.ledger.party import SealingParty, seal_entry
from app.services.ledger.thread import SealingThread
from app.store.cases.cases import open_case
from app.store.engine import Engine, Session, writing
from app.store.ledger import entries as rows
from app.store.ledger import standing
from app.store.ledger.keys import publish_key, signing_keys
from app.store.outlets import OutletFacts, hold_outlet, outlet_facts, outlet_ids
from app.store.tables.ledger import SigningKey
from app.store.tenancy import EVERYWHERE

KEY_LIFE_YEARS = 10


def open_series(
    session: Session,
    party: SealingParty,
    outlet: OutletFacts,
    at: str,
    after: Mapping[str, str] | None = None,
) -> bool:
    """The party's series stands in that outlet, its key published; False when it did before.

    `after` is what its first entry says of the series whose place it takes, under seal.
    """
    signer = party.signer
    hold_outlet(session, outlet.outlet_id)  # processes start together: one of them opens
    publish_key(session, _published(party, at))
    key = party.key(outlet.outlet_id)
    if rows.lock_heads(session, [key]):
        return False
    head = Head(*key)
    rows.open_series_row(session, signer.authority, head)
    body, statement = _first_entry(party, outlet, head, at, after or {})
    appended = seal_entry(party, head, "opened", statement, body).appended
    rows.insert_entries(session, [rows.ledger_row(appended, body)])
    rows.save_heads(session, [appended.head])
    return True


def _first_entry(
    party: SealingParty, outlet: OutletFacts, head: Head, at: str, after: Mapping[str, str]
) -> tuple[bytes, dict[str, str]]:
    """The body of an `opened` entry, and the statement of its seal."""
    signer = party.signer
    body = canonical(
        {
            "v": "opened/1",
            "authority": signer.authority,
            "outlet_id": outlet.outlet_id,
            "series": head.series,
            "key": {"kid": signer.kid, **signer.public_jwk()},
            **({"after": dict(after)} if after else {}),
        }
    )
    statement = other_statement(
        kind="opened",
        authority=signer.authority,
        merchant_nif=outlet.merchant_nif,
        outlet_id=outlet.outlet_id,
        series=head.series,
        position=1,
        timestamp=at,
        payload=digest(body),
        previous=head.entry_hash,
    )
    return body, statement


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


def approve_key(session: Session, party: SealingParty, by: str, at: str) -> bool:
    """The party's key may go on in its series, which say so; False when it might before.

    Raises:
        OtherKey: another key was published under its name.
    """
    published = {row.kid: row for row in signing_keys(session)}.get(party.signer.kid)
    if published is not None:
        check_own_key(session, party)
        return False
    publish_key(session, _published(party, at))
    more = {"kid": party.signer.kid, "fingerprint": own_fingerprint(party), "by": by}
    text = "Une autre clé scelle à partir d’ici."
    series = standing.series_of_party(session, party.signer.authority, EVERYWHERE)
    keys = [(row.outlet_id, row.series) for row in series]
    append_event_in(session, keys, "key.approved", text, more, at, party.signer.kid)
    return True


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


def stop(session: Session, party: SealingParty, key: rows.Key, words: str, at: str) -> None:
    """Nothing more is written by that party in the outlet; a case says why."""
    outlet_id, authority = key[0], party.signer.authority
    held = rows.lock_heads(session, [key])
    if not held:  # the whole series is missing: it must not be opened again by itself
        rows.open_series_row(session, authority, Head(*key))
    for row in standing.series_of_party(session, authority, outlet_id):
        if row.standing == "open":
            standing.set_standing(session, (outlet_id, row.series), "quarantine")
    open_case(session, outlet_id, "quarantine", "-".join(key), text=words, fix="operator", at=at)


def moved(session: Session, party: SealingParty) -> dict[str, str]:
    """By outlet, the series in which that party writes now, where it is not its first one."""
    series = standing.series_of_party(session, party.signer.authority, EVERYWHERE)
    now = {row.outlet_id: row.series for row in series if row.standing != "left"}
    return {outlet: name for outlet, name in now.items() if name != party.series}
