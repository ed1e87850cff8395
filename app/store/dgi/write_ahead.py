"""The write-ahead: intents before each call and raw answers after it, many at a time.

Statements of SQLAlchemy Core, one of each kind for a whole batch: a backlog passes here three
times an invoice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, bindparam, func, insert, update
from sqlalchemy import select as sql_select

from app.store.dgi.deliveries import ASK_AGAIN, UNSENT, change_row, insert_changes
from app.store.dgi.leases import LEASE_SECONDS, RENEW_SECONDS, Lease, LeaseLost
from app.store.tables.dgi import (
    ConfirmedRequest,
    ControlAnswer,
    ControlCall,
    ControlModuleRow,
    Delivery,
    DeliveryState,
    OpenState,
)


class NotNow(Exception):
    """Nothing was sent: a person paused the module, or settled the sale, a moment ago."""


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What came back from a call, as it came; `status` None: nothing whole did."""

    number: int
    status: int | None
    body: bytes
    at: str


@dataclass(frozen=True, slots=True)
class Intent:
    """A call that is about to be made; `number` is known unless it is the first of a worker."""

    step: str
    uid: str | None
    request: bytes
    number: int | None
    seconds: int
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Intention:
    """What one worker writes about one sale: answers that no commit holds yet, then an intent."""

    lease: Lease
    outlet_id: str
    sale_id: str
    at: str
    answers: Sequence[RawAnswer] = ()
    confirm_heard: bool = False
    """Among the answers is one to a confirm: whoever holds the lease by now must see it."""
    intent: Intent | None = None


Outcome = int | LeaseLost | NotNow
"""The number of the call; or why there is none, and then the answers are stored all the same."""

_MODULE, _DELIVERY = ControlModuleRow.__table__, Delivery.__table__  # type: ignore[attr-defined]
_CALL, _ANSWER = ControlCall.__table__, ControlAnswer.__table__  # type: ignore[attr-defined]
_CONFIRMING = ConfirmedRequest.__table__  # type: ignore[attr-defined]

_MODULES = (
    sql_select(_MODULE.c.nim, _MODULE.c.epoch, _MODULE.c.paused_at, _MODULE.c.expires_at)
    .where(_MODULE.c.nim.in_(bindparam("b_nims", expanding=True)))
    .order_by(_MODULE.c.nim)
    .with_for_update()
)
_STATES = (
    sql_select(_DELIVERY.c.outlet_id, _DELIVERY.c.sale_id, _DELIVERY.c.state)
    .where(
        _DELIVERY.c.outlet_id.in_(bindparam("b_outlets", expanding=True)),
        _DELIVERY.c.sale_id.in_(bindparam("b_sales", expanding=True)),
    )
    .order_by(_DELIVERY.c.outlet_id, _DELIVERY.c.sale_id)
    .with_for_update()
)
_NUMBERS = (
    sql_select(_CALL.c.outlet_id, _CALL.c.sale_id, func.max(_CALL.c.number))
    .where(
        _CALL.c.outlet_id.in_(bindparam("b_outlets", expanding=True)),
        _CALL.c.sale_id.in_(bindparam("b_sales", expanding=True)),
    )
    .group_by(_CALL.c.outlet_id, _CALL.c.sale_id)
)
_UIDS = sql_select(_CONFIRMING.c.outlet_id, _CONFIRMING.c.sale_id, _CONFIRMING.c.uid).where(
    _CONFIRMING.c.outlet_id.in_(bindparam("b_outlets", expanding=True)),
    _CONFIRMING.c.sale_id.in_(bindparam("b_sales", expanding=True)),
)
_RENEW = (
    update(_MODULE)
    .where(_MODULE.c.nim == bindparam("b_nim"))
    .values(expires_at=bindparam("b_until"))
)
_MOVE = (
    update(_DELIVERY)
    .where(
        _DELIVERY.c.outlet_id == bindparam("b_outlet"), _DELIVERY.c.sale_id == bindparam("b_sale")
    )
    .values(state=bindparam("b_state"), epoch=bindparam("b_epoch"))
)
_ASK_AGAIN = (
    update(_DELIVERY)
    .where(
        _DELIVERY.c.outlet_id == bindparam("b_outlet"),
        _DELIVERY.c.sale_id == bindparam("b_sale"),
        _DELIVERY.c.state == "in_doubt",
    )
    .values(next_try=ASK_AGAIN)
)
_INSERT_CALLS, _INSERT_ANSWERS = insert(_CALL), insert(_ANSWER)
_INSERT_CONFIRMING = insert(_CONFIRMING)
_STATE_OF: Final[Mapping[str, OpenState]] = {"post": "submitted", "confirm": "confirming"}


@dataclass(slots=True)
class _Batch:
    """What one transaction knows, and what it will write, by statement."""

    modules: Mapping[str, RowMapping]
    states: dict[tuple[str, str], DeliveryState]
    numbers: dict[tuple[str, str], int]
    """Of the last call about a sale, for workers that begin with it."""
    uids: dict[tuple[str, str], str]
    """The one that may be confirmed, of the sales that are about to be."""
    calls: list[dict[str, Any]] = field(default_factory=list)
    confirming: list[dict[str, Any]] = field(default_factory=list)
    moves: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    renewals: dict[str, dict[str, Any]] = field(default_factory=dict)


def write_ahead(connection: Connection, entries: Sequence[Intention]) -> list[Outcome]:
    """The answers of every entry stand, and the intents of those that may still act.

    Raises:
        Taken: two of them contradict each other; nothing is written.
    """
    intending = [entry for entry in entries if entry.intent is not None]
    batch = _known(connection, intending) if intending else _Batch({}, {}, {}, {})
    _store_answers(connection, entries)
    outcomes = [_outcome(entry, batch) for entry in entries]
    _write(connection, batch)
    return outcomes


def _known(connection: Connection, entries: Sequence[Intention]) -> _Batch:
    """The modules, then the deliveries, locked in one order for all."""
    nims = sorted({entry.lease.nim for entry in entries})
    modules = connection.execute(_MODULES, {"b_nims": nims}).mappings().all()
    first = [e for e in entries if e.intent is not None and e.intent.number is None]
    confirms = [e for e in entries if e.intent is not None and e.intent.step == "confirm"]
    return _Batch(
        {row["nim"]: row for row in modules},
        _by_sale(connection, _STATES, entries),
        _by_sale(connection, _NUMBERS, first),
        _by_sale(connection, _UIDS, confirms),
    )


def _by_sale(
    connection: Connection, query: Select[Any], entries: Sequence[Intention]
) -> dict[tuple[str, str], Any]:
    """What the query says of the sales of those entries."""
    if not entries:
        return {}
    keys = {
        "b_outlets": sorted({entry.outlet_id for entry in entries}),
        "b_sales": sorted({entry.sale_id for entry in entries}),
    }
    found = connection.execute(query, keys)
    return {(outlet_id, sale_id): value for outlet_id, sale_id, value in found}


def _store_answers(connection: Connection, entries: Sequence[Intention]) -> None:
    answers = [
        {
            "outlet_id": entry.outlet_id,
            "sale_id": entry.sale_id,
            "number": raw.number,
            "status": raw.status,
            "body": raw.body,
            "at": raw.at,
        }
        for entry in entries
        for raw in entry.answers
    ]
    if answers:
        connection.execute(_INSERT_ANSWERS, answers)
    heard = [_key(entry) for entry in entries if entry.confirm_heard]
    if heard:
        connection.execute(_ASK_AGAIN, heard)


def _key(entry: Intention) -> dict[str, Any]:
    return {"b_outlet": entry.outlet_id, "b_sale": entry.sale_id}


def _outcome(entry: Intention, batch: _Batch) -> Outcome:
    if entry.intent is None:
        return 0
    try:
        _check(entry, entry.intent, batch)
        if entry.intent.step == "confirm":
            _confirm_only(entry, entry.intent, batch)
        return _intend(entry, entry.intent, batch)
    except (LeaseLost, NotNow) as reason:
        return reason


def _check(entry: Intention, intent: Intent, batch: _Batch) -> None:
    """The lease stands, and nobody said no.

    Raises:
        LeaseLost: another worker took the module.
        NotNow: the module is paused, or the sale has another state than the worker thinks.
    """
    lease, module = entry.lease, batch.modules.get(entry.lease.nim)
    if module is None or module["epoch"] != lease.epoch:
        raise LeaseLost(f"{lease.nim} has another owner")
    if intent.step == "post" and module["paused_at"] is not None:
        raise NotNow(f"{lease.nim} is paused")
    state = batch.states[entry.outlet_id, entry.sale_id]
    if state == "done" or (intent.step == "post" and state not in UNSENT):
        raise NotNow(f"{entry.sale_id} is {state}")
    if module["expires_at"] < intent.seconds + RENEW_SECONDS:
        until = intent.seconds + LEASE_SECONDS
        batch.renewals[lease.nim] = {"b_nim": lease.nim, "b_until": until}


def _confirm_only(entry: Intention, intent: Intent, batch: _Batch) -> None:
    """This uid is the one of the sale that may ever be confirmed.

    Raises:
        LeaseLost: another uid is.
    """
    uid = batch.uids.get((entry.outlet_id, entry.sale_id))
    if uid is None:
        row = {"outlet_id": entry.outlet_id, "sale_id": entry.sale_id, "uid": intent.uid}
        batch.confirming.append(row)
    elif uid != intent.uid:
        raise LeaseLost(f"another request of {entry.sale_id} is being confirmed")


def _intend(entry: Intention, intent: Intent, batch: _Batch) -> int:
    """The call's row, and the state that it puts the delivery in; returns its number."""
    key, epoch = _key(entry), entry.lease.epoch
    state = _STATE_OF.get(intent.step)
    before = batch.states[entry.outlet_id, entry.sale_id]
    if state is not None and before not in {state, "in_doubt"}:
        batch.moves.append({**key, "b_state": state, "b_epoch": epoch})
        batch.changes.append(change_row(entry.outlet_id, entry.sale_id, state, entry.at, epoch))
    number = intent.number or batch.numbers.get((entry.outlet_id, entry.sale_id), 0) + 1
    batch.calls.append(
        {
            "outlet_id": entry.outlet_id,
            "sale_id": entry.sale_id,
            "number": number,
            "nim": entry.lease.nim,
            "step": intent.step,
            "uid": intent.uid,
            "request": intent.request,
            "epoch": epoch,
            "at": entry.at,
        }
    )
    return number


def _write(connection: Connection, batch: _Batch) -> None:
    for statement, rows in (
        (_INSERT_CONFIRMING, batch.confirming),
        (_MOVE, batch.moves),
        (_INSERT_CALLS, batch.calls),
        (_RENEW, list(batch.renewals.values())),
    ):
        if rows:
            connection.execute(statement, rows)
    insert_changes(connection, batch.changes)
