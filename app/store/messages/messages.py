"""The rows of messages: claimed by one sender at a time, tried, logged."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, tuple_, update
from sqlmodel import Session, col, func, select

from app.store.tables.messages import ChannelName, Message, MessageState, MessageTry

WAITING: Final[tuple[MessageState, ...]] = ("pending", "sending")


def add(session: Session, rows: Iterable[Message]) -> None:
    """The messages wait."""
    session.add_all(rows)
    session.flush()


def find(
    session: Session, outlet_id: str, message_id: str, *, hold: bool = False
) -> Message | None:
    """The message of that outlet; `hold` locks its row."""
    return session.get(Message, (outlet_id, message_id), with_for_update=hold or None)


def _due(seconds: int) -> ColumnElement[bool]:
    """Waiting and due, or begun by a sender that did not end it in time."""
    return or_(
        and_(col(Message.state) == "pending", col(Message.next_try) <= seconds),
        and_(col(Message.state) == "sending", col(Message.expires_at) <= seconds),
    )


def next_due(session: Session) -> int | None:
    """When the next message is due, seconds since 1970; None when none waits."""
    pending = session.scalar(select(func.min(Message.next_try)).where(Message.state == "pending"))
    begun = session.scalar(select(func.min(Message.expires_at)).where(Message.state == "sending"))
    return min((at for at in (pending, begun) if at is not None), default=None)


def claim(session: Session, owner: str, seconds: int, lasting: int) -> Message | None:
    """The message that is due longest, this owner's while it lasts; None when none is due."""
    row = session.exec(
        select(Message)
        .where(_due(seconds))
        .order_by(col(Message.next_try), col(Message.created_at), col(Message.message_id))
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is not None:
        row.state, row.owner, row.expires_at = "sending", owner, seconds + lasting
        session.flush()
    return row


def hold_message(session: Session, outlet_id: str, message_id: str, owner: str) -> Message | None:
    """The message, locked, while that owner has it; None when another took it."""
    return session.exec(
        select(Message)
        .where(
            Message.outlet_id == outlet_id,
            Message.message_id == message_id,
            Message.state == "sending",
            Message.owner == owner,
        )
        .with_for_update()
    ).one_or_none()


def next_number(session: Session, outlet_id: str, message_id: str) -> int:
    """The number of the next try, from 1."""
    last = session.scalar(
        select(func.max(MessageTry.number)).where(
            MessageTry.outlet_id == outlet_id, MessageTry.message_id == message_id
        )
    )
    return (last or 0) + 1


def log(session: Session, row: MessageTry) -> None:
    """The try stands in the delivery log."""
    session.add(row)
    session.flush()


def put_off(session: Session, like: Message, until: int, *, whole_channel: bool) -> None:
    """What waits for the same target, or the whole channel, is not tried before then."""
    same = [col(Message.channel) == like.channel]
    if not whole_channel:
        same += [col(Message.outlet_id) == like.outlet_id, col(Message.target) == like.target]
    # Rows that somebody holds are left: two who put off the same ones would wait for each other.
    waiting = (
        select(Message.outlet_id, Message.message_id)
        .where(*same, Message.state == "pending", Message.next_try < until)
        .with_for_update(skip_locked=True)
    )
    session.execute(
        update(Message)
        .where(tuple_(col(Message.outlet_id), col(Message.message_id)).in_(waiting))
        .values(next_try=until)
        .execution_options(synchronize_session=False)
    )


def give_up(session: Session, outlet_id: str, target: str, why: str, at: str) -> None:
    """Nothing waits for that target any more."""
    session.execute(
        update(Message)
        .where(
            col(Message.outlet_id) == outlet_id,
            col(Message.target) == target,
            col(Message.state) == "pending",
        )
        .values(state="failed", last_error=why, done_at=at)
    )


def of_remote(session: Session, remote_id: str) -> Message | None:
    """The message that the other side calls so, locked."""
    return session.exec(
        select(Message).where(Message.remote_id == remote_id).limit(1).with_for_update()
    ).one_or_none()


def same_waiting(
    session: Session, outlet_id: str, sale_id: str, channel: ChannelName, target: str
) -> Message | None:
    """The receipt of that sale that is on its way there already."""
    return session.exec(
        select(Message)
        .where(
            Message.outlet_id == outlet_id,
            Message.sale_id == sale_id,
            Message.channel == channel,
            Message.target == target,
            col(Message.state).in_(WAITING),
        )
        .limit(1)
    ).one_or_none()


def of_sale(session: Session, outlet_id: str, sale_id: str) -> list[Message]:
    """The receipts of a sale, the oldest first."""
    return list(
        session.exec(
            select(Message)
            .where(Message.outlet_id == outlet_id, Message.sale_id == sale_id)
            .order_by(col(Message.created_at), col(Message.message_id))
        )
    )


@dataclass(frozen=True, slots=True)
class Only:
    """What a list of messages is limited to; `None` limits nothing."""

    target: str | None = None
    state: MessageState | None = None
    before: tuple[str, str] | None = None
    """(created_at, message_id) of the last message of the page before: newest first."""


def newest(session: Session, outlet_id: str, only: Only, count: int) -> list[Message]:
    """At most `count` messages of an outlet, the newest first."""
    query = (
        select(Message)
        .where(Message.outlet_id == outlet_id)
        .order_by(col(Message.created_at).desc(), col(Message.message_id).desc())
        .limit(count)
    )
    if only.target is not None:
        query = query.where(Message.target == only.target)
    if only.state is not None:
        query = query.where(Message.state == only.state)
    if only.before is not None:
        place = tuple_(col(Message.created_at), col(Message.message_id))
        query = query.where(place < only.before)
    return list(session.exec(query))


def tries(
    session: Session, outlet_id: str, message_ids: Iterable[str]
) -> dict[str, list[MessageTry]]:
    """The rows of the delivery log of each of these messages, in order."""
    found: dict[str, list[MessageTry]] = {message_id: [] for message_id in message_ids}
    rows = session.exec(
        select(MessageTry)
        .where(MessageTry.outlet_id == outlet_id, col(MessageTry.message_id).in_(found))
        .order_by(col(MessageTry.number), col(MessageTry.phase))
    )
    for row in rows:
        found[row.message_id].append(row)
    return found


def count_waiting(session: Session, outlet_id: str, target: str, state: MessageState) -> int:
    """How many messages for that target are in that state."""
    count = session.scalar(
        select(func.count())
        .select_from(Message)
        .where(Message.outlet_id == outlet_id, Message.target == target, Message.state == state)
    )
    return count or 0
