"""Control modules: where they answer, and whether somebody paused them."""

from sqlalchemy import update
from sqlmodel import Session, col, select

from app.store.dgi.deliveries import ASK_AGAIN, UNSENT
from app.store.tables.dgi import ControlModuleRow, Delivery


def is_paused(session: Session, nim: str) -> bool:
    """Whether somebody asked that nothing be sent to that module."""
    row = session.get(ControlModuleRow, nim)
    return row is not None and row.is_paused


def modules(session: Session) -> list[ControlModuleRow]:
    """Every control module, in order."""
    return list(session.exec(select(ControlModuleRow).order_by(col(ControlModuleRow.nim))))


def module(session: Session, nim: str) -> ControlModuleRow:
    """That control module, which exists."""
    return session.get_one(ControlModuleRow, nim)


def pause(session: Session, nim: str, by: str, at: str) -> bool:
    """Nothing more is sent to that module until somebody resumes; false when there is none."""
    return _changed(session, nim, paused_by=by, paused_at=at)


def resume(session: Session, nim: str) -> bool:
    """Whatever is due is sent again; false when there is no such module."""
    return _changed(session, nim, paused_by=None, paused_at=None)


def note_error(session: Session, nim: str, words: str, at: str) -> bool:
    """People read this of that module; false when there is no such module."""
    return _changed(session, nim, last_error=words, last_error_at=at)


def try_now(session: Session, nim: str) -> bool:
    """Whatever waits for its next try is due now; false when there is no such module."""
    # The module, then its deliveries: the order in which answers are recorded, so neither waits for
    # the other for ever.
    found = _changed(session, nim, rest_until=0)
    all_due(session, nim)
    doubts = col(Delivery.nim) == nim, col(Delivery.state) == "in_doubt"
    session.execute(update(Delivery).where(*doubts).values(next_try=ASK_AGAIN))
    return found


def all_due(session: Session, nim: str) -> None:
    """No unsent invoice of that module waits any longer for its next try."""
    waiting = col(Delivery.state).in_(UNSENT), col(Delivery.next_try) > 0
    session.execute(update(Delivery).where(col(Delivery.nim) == nim, *waiting).values(next_try=0))


def _changed(session: Session, nim: str, **values: object) -> bool:
    change = update(ControlModuleRow).where(col(ControlModuleRow.nim) == nim).values(**values)
    return bool(session.execute(change.returning(col(ControlModuleRow.nim))).one_or_none())


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


def note_heard(session: Session, nim: str, at: str) -> None:
    """The control module gave an answer that can be read."""
    session.execute(
        update(ControlModuleRow).where(col(ControlModuleRow.nim) == nim).values(last_heard=at)
    )
