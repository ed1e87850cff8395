"""Messages over a real store: who listens, what waits, and a sender whose clock the test has."""

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from app.channels.outgoing import Channel, Channels
from app.channels.webhook import WebhookChannel
from app.fiscal.ledger import utc_text
from app.services.messages import endpoints
from app.services.messages import log as message_log
from app.services.messages.endpoints import WithSecret
from app.services.messages.log import MessageView
from app.services.messages.publishing import new_message, publish
from app.services.messages.sending import LEASE_SECONDS, Sender
from app.store.cases.cases import open_cases
from app.store.engine import Engine, open_engine, reading, writing
from app.store.messages import messages as rows
from app.store.messages.announcements import announce
from app.store.messages.messages import Only
from app.store.tables.cases import Case
from app.store.tables.messages import ChannelName, EventName, Message
from tests.harness.receiver import Receiver

NOW: Final = datetime(2026, 11, 22, 10, 15, 31, tzinfo=UTC)
OUTLET: Final = "KIN01"
HOST: Final = "verify.example"
FROM: Final = "factures@bono.example"


@dataclass(slots=True)
class Post:
    """A store with messages, and a sender that thinks it is `now`."""

    engine: Engine
    by_name: dict[ChannelName, Channel] = field(
        default_factory=lambda: {"webhook": WebhookChannel(private=True)}
    )
    now: datetime = NOW
    template: str = ""
    _senders: dict[int, Sender] = field(default_factory=dict)

    def clock(self) -> float:
        """Seconds since 1970."""
        return self.now.timestamp()

    def sender(self, number: int = 1) -> Sender:
        """One of the senders; each draws its waits from a seed of its own."""
        if number not in self._senders:
            channels = Channels(self.by_name, FROM, HOST, self.template)
            self._senders[number] = Sender(
                self.engine,
                channels,
                self.clock,
                random.Random(number),  # noqa: S311 - a wait is no secret
            )
        return self._senders[number]

    def pass_time(self, **more: float) -> None:
        """It is later."""
        self.now += timedelta(**more)

    def send_all(self) -> None:
        """Everything that is due now was tried."""
        while self.sender().step() == 0:
            pass

    def send_everything(self, most: int = 1000) -> list[float]:
        """Time passes until nothing waits; returns the waits between."""
        waits: list[float] = []
        for _ in range(most):
            wait = self.sender().step()
            if wait is None:
                return waits
            waits.append(wait)
            self.pass_time(seconds=wait)
        raise AssertionError(waits)

    def listen(
        self, receiver: Receiver, *events: str, outlet_id: str = OUTLET, path: str = "/bono"
    ) -> WithSecret:
        """An endpoint of the outlet at that receiver."""
        with writing(self.engine) as session:
            return endpoints.register(
                session, outlet_id, receiver.url(path), events or ("*",), self.now
            )

    def publish(self) -> int:
        """What stands is told."""
        return publish(self.engine, self.now)

    def announce(self, event: EventName, outlet_id: str = OUTLET, **data: str) -> None:
        """Something is announced."""
        with writing(self.engine) as session:
            announce(session, outlet_id, event, data, utc_text(self.now))

    def queue(self, target: str, count: int = 1, **changes: Any) -> list[str]:
        """So many messages for that target wait; returns their ids."""
        members: dict[str, Any] = {"channel": "webhook", "event": "outlet.status", "body": b"{}"}
        made = [
            new_message(OUTLET, target=target, at=utc_text(self.now), **members | changes)
            for _ in range(count)
        ]
        ids = [row.message_id for row in made]
        with writing(self.engine) as session:
            rows.add(session, made)
        return ids

    def view(self, message_id: str) -> MessageView:
        """The message as people see it."""
        with reading(self.engine) as session:
            found = message_log.find(session, OUTLET, message_id)
        assert found is not None
        return found

    def log(self, outlet_id: str = OUTLET, **only: Any) -> list[MessageView]:
        """The messages of an outlet, the newest first."""
        with reading(self.engine) as session:
            return message_log.log(session, outlet_id, Only(**only), 10_000)

    def replay(self, message_id: str, outlet_id: str = OUTLET) -> MessageView | None:
        """The message is to be sent again."""
        with writing(self.engine) as session:
            return message_log.replay(session, outlet_id, message_id, self.now)

    def cases(self) -> list[Case]:
        """The open cases of the outlet."""
        with reading(self.engine) as session:
            return open_cases(session, OUTLET)

    def payloads(self, outlet_id: str = OUTLET) -> list[dict[str, Any]]:
        """The payloads of the outlet's webhook messages, in the order of their events."""
        with reading(self.engine) as session:
            found = [
                json.loads(session.get_one(Message, (outlet_id, m.message_id)).body)
                for m in message_log.log(session, outlet_id, Only(), 10_000)
                if m.channel == "webhook"
            ]
        return sorted(found, key=lambda p: (p["timestamp"], int(p["data"].get("position", "0"))))


def names(documents: Iterable[dict[str, Any]]) -> list[str]:
    """The names of these events."""
    return [document["type"] for document in documents]


def published(url: str, at: str) -> int:
    """What a process of its own published."""
    engine = open_engine(url)
    written = publish(engine, datetime.fromisoformat(at))
    engine.dispose()
    return written


def sent_once(url: str, at: float) -> None:
    """One step of a sender in a process of its own."""
    engine = open_engine(url)
    Sender(engine, Channels({"webhook": WebhookChannel(private=True)}), lambda: at).step()
    engine.dispose()


def sent_all(url: str, at: float) -> None:
    """A sender in a process of its own sent all that was due."""
    engine = open_engine(url)
    sender = Sender(engine, Channels({"webhook": WebhookChannel(private=True)}), lambda: at)
    while sender.step() is not None:
        pass
    engine.dispose()


AFTER_LEASE: Final = LEASE_SECONDS + 1
