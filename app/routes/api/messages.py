"""A message of the delivery log, as the API and the till show it."""

from typing import Any

from app.routes.base.replies import present
from app.services.messages.log import MessageView, TryView


def message_document(message: MessageView, **more: Any) -> dict[str, Any]:
    """A message of the delivery log."""
    return present(
        id=message.message_id,
        **more,
        event=message.event,
        state=message.state,
        attempts=str(message.attempts),
        created_at=message.created_at,
        next_try=message.next_try,
        last_error=message.last_error,
        done_at=message.done_at,
        reached=message.reached,
        tries=[_try(one) for one in message.tries],
    )


def _try(one: TryView) -> dict[str, Any]:
    return present(
        number=str(one.number),
        begun_at=one.begun_at,
        ended_at=one.ended_at,
        status=None if one.status is None else str(one.status),
        words=one.words or None,
        milliseconds=str(one.milliseconds) if one.ended_at else None,
    )
