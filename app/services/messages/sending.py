"""Sending: messages that are due leave one by one, each try written before and after it."""

import random
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from app.channels.outgoing import Channels, Outcome, Outgoing
from app.fiscal.ledger import clock_text
from app.services.messages.endpoints import endpoint_of, secrets_of
from app.services.messages.texts import Never, NotYet, compose
from app.services.rules.policy import policy_of
from app.services.rules.retry import full_jitter
from app.store.cases.cases import close_case, open_case
from app.store.engine import Engine, Session, Unreachable, reading, writing
from app.store.messages import messages as rows
from app.store.tables.messages import RECEIPT, ChannelName, Message, MessageTry, Phase

SENDERS: Final = 3
"""Of one process: two that wait for silent receivers leave one for the others."""
LEASE_SECONDS: Final = 180
"""Longer than any try; a message whose sender died is tried again after it."""
FIRST_SECONDS: Final = 30
"""The longest wait after the first try; it doubles with each, drawn between zero and it."""
LONGEST_SECONDS: Final = 6 * 3600
REST_SECONDS: Final = 600
"""The longest that a target that does not answer is left alone."""
PAUSE_SECONDS: Final = 1.0
"""Between looks at what another process may have written."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Begun:
    """A try whose beginning stands in the delivery log."""

    outlet_id: str
    message_id: str
    channel: ChannelName
    number: int
    out: Outgoing


class Sender:
    """Sends what is due; any number of them may work on one store."""

    def __init__(
        self,
        engine: Engine,
        channels: Channels,
        clock: Callable[[], float] = time.time,
        chance: random.Random | None = None,
    ) -> None:
        self._engine, self.channels, self._clock = engine, channels, clock
        self._chance = chance or random.Random()  # noqa: S311 - a wait is no secret
        self._owner = secrets.token_hex(8)
        self._silences: dict[tuple[str, ...], int] = {}
        """Tries in a row that found a way blocked."""

    def step(self) -> float | None:
        """One due message is tried; seconds until the next is due (0: now), None: none waits."""
        now = int(self._clock())
        with reading(self._engine) as session:
            due = rows.next_due(session)
        if due is None or due > now:
            return None if due is None else due - now
        with writing(self._engine) as session:
            row = rows.claim(session, self._owner, now, LEASE_SECONDS)
            if row is None:  # another sender was faster
                return PAUSE_SECONDS
            key, written = (row.outlet_id, row.message_id), bool(row.body)
            begun = self._begin(session, row, now) if written else None
        if not written:
            begun = self._compose(key, now)
        if begun is not None:
            self._end(begun, self._send(begun))
        return 0.0

    def _compose(self, key: tuple[str, str], seconds: int) -> _Begun | None:
        """The try begins with a body that is written now; None when it cannot be written."""
        try:
            with reading(self._engine) as session:
                body = compose(session, session.get_one(Message, key), self.channels)
        except NotYet as error:
            # The DGI has not answered for the sale (SFE 1.1.5): no try is spent, it waits its turn.
            self._put_back(key, seconds, str(error))
            return None
        except Never as error:
            # A refused or unknown sale, no address: no later try can write it, so none is made.
            self._give_up(key, seconds, str(error), call=error.unforeseen)
            return None
        except Exception as error:  # noqa: BLE001 - it would be claimed again and again
            # Our own fault fails alike at each claim: it is given up, and somebody is called.
            _log.exception("sending.compose", message=key[1])
            self._give_up(
                key, seconds, f"Une panne de notre côté ({type(error).__name__}).", call=True
            )
            return None
        with writing(self._engine) as session:
            row = rows.hold_message(session, *key, self._owner)
            if row is None:  # writing outlasted the lease: who has it now sends it
                return None
            row.body = body
            return self._begin(session, row, seconds)

    def _give_up(self, key: tuple[str, str], seconds: int, why: str, *, call: bool) -> None:
        with writing(self._engine) as session:
            row = rows.hold_message(session, *key, self._owner)
            if row is None:
                return
            row.owner, row.last_error = None, why
            row.state, row.done_at = "failed", clock_text(seconds)
            if call:
                call_somebody(session, row, row.target, clock_text(seconds))

    def _put_back(self, key: tuple[str, str], seconds: int, why: str) -> None:
        with writing(self._engine) as session:
            row = rows.hold_message(session, *key, self._owner)
            if row is None:
                return
            row.owner, row.last_error = None, why
            # A receipt mostly waits seconds, at times days: it waits as long again as it has.
            age = seconds - int(datetime.fromisoformat(row.created_at).timestamp())
            row.state, row.next_try = "pending", seconds + min(max(age, 2), REST_SECONDS)

    def _begin(self, session: Session, row: Message, seconds: int) -> _Begun | None:
        """The beginning of the try is written; None when its endpoint was removed."""
        target, signing = row.target, tuple[str, ...]()
        if row.channel == "webhook":
            endpoint = endpoint_of(session, row.outlet_id, row.target)
            if endpoint is None:
                # Removed between the claim and now: its owner wants nothing more, nobody is called.
                row.state, row.done_at = "failed", clock_text(seconds)
                row.last_error = "L’adresse a été retirée."
                return None
            target, signing = endpoint.url, secrets_of(endpoint, clock_text(seconds))
        row.attempts += 1
        number = rows.next_number(session, row.outlet_id, row.message_id)
        rows.log(session, _logged(row.outlet_id, row.message_id, number, "begun", seconds))
        out = Outgoing(row.message_id, target, row.body, seconds, signing)
        return _Begun(row.outlet_id, row.message_id, row.channel, number, out)

    def _send(self, begun: _Begun) -> tuple[Outcome, int]:
        """What came of it, and the milliseconds that it took."""
        started = time.monotonic()
        channel = self.channels.by_name.get(begun.channel)
        try:
            if channel is None:
                # A setting is missing, no message is wrong: the whole channel waits for it.
                said = "Ce canal n’est pas réglé sur ce serveur."
                outcome = Outcome("later", said, blocks="channel")
            else:
                outcome = channel(begun.out)
        except Exception as error:  # noqa: BLE001 - whatever it is, the message stays
            # It may have left before our fault; it may arrive twice, never not at all (0009).
            _log.exception("sending.channel", channel=begun.channel)
            outcome = Outcome("later", f"Une panne de notre côté ({type(error).__name__}).")
        return outcome, int((time.monotonic() - started) * 1000)

    def _end(self, begun: _Begun, came: tuple[Outcome, int]) -> None:
        """What came of the try stands in the log, and the message is where it puts it."""
        outcome, milliseconds = came
        now = int(self._clock())
        ended = _logged(begun.outlet_id, begun.message_id, begun.number, "ended", now)
        ended.status, ended.words = outcome.status, outcome.words
        ended.milliseconds = milliseconds
        with writing(self._engine) as session:
            rows.log(session, ended)
            row = rows.hold_message(session, begun.outlet_id, begun.message_id, self._owner)
            if row is not None:  # else it took too long, and another sender has it
                self._settle(session, row, begun.out.target, outcome, now)
        _log.info(
            "sending.tried",
            channel=begun.channel,
            message=begun.message_id,
            number=begun.number,
            state=outcome.state,
            status=outcome.status,
        )

    def _settle(
        self, session: Session, row: Message, target: str, outcome: Outcome, seconds: int
    ) -> None:
        row.owner = None
        if outcome.state == "sent":
            # The other side has it: what was said of its target before is over, the case closes.
            row.state, row.done_at, row.last_error = "sent", clock_text(seconds), None
            row.remote_id, row.reached = outcome.remote_id or None, None
            self._heard_again(session, row, seconds)
            return
        row.last_error = outcome.words
        most = policy_of(session, row.outlet_id).message_max_attempts
        if outcome.state == "failed" or row.attempts >= most:
            # A 410 or an SMTP 5xx stays so, and the rule bounds the tries: people decide from here.
            row.state, row.done_at = "failed", clock_text(seconds)
            call_somebody(session, row, target, clock_text(seconds))
        else:
            # A silence or a 5xx passes: the same id and bytes again, later each time.
            row.state = "pending"
            row.next_try = seconds + self._wait(row.attempts, LONGEST_SECONDS, outcome.after)
        if outcome.blocks != "nothing":
            # Each try of a silent target costs half a minute: the others go first.
            self._leave_alone(session, row, outcome, seconds)

    def _heard_again(self, session: Session, row: Message, seconds: int) -> None:
        for whole in (True, False):
            self._silences.pop(_way(row, whole_channel=whole), None)
        close_case(
            session,
            row.outlet_id,
            "message",
            row.target,
            by="system",
            outcome="Un message est passé de nouveau.",
            at=clock_text(seconds),
        )

    def _leave_alone(self, session: Session, row: Message, outcome: Outcome, seconds: int) -> None:
        """What else waits for a silent target waits longer: it must not hold up the others."""
        whole = outcome.blocks == "channel"
        way = _way(row, whole_channel=whole)
        silences = self._silences[way] = self._silences.get(way, 0) + 1
        until = seconds + self._wait(silences, REST_SECONDS, outcome.after)
        rows.put_off(session, row, until, whole_channel=whole)

    def _wait(self, failures: int, longest: int, asked: int) -> int:
        """Seconds: full jitter below a bound that doubles, or what the other side asked for."""
        return max(asked, 1 + int(full_jitter(failures, FIRST_SECONDS, longest, self._chance)))


def _way(row: Message, *, whole_channel: bool) -> tuple[str, ...]:
    return (row.channel,) if whole_channel else (row.channel, row.outlet_id, row.target)


def call_somebody(session: Session, row: Message, target: str, at: str) -> None:
    """A case stands open about the target until a message gets through again."""
    tries = f"{row.attempts} essai{'s' if row.attempts > 1 else ''}"
    said = f"Un message ({row.event}) n’est pas arrivé à {target} ({tries})"
    open_case(
        session,
        row.outlet_id,
        "message",
        row.target,
        text=f"{said} : {row.last_error}",
        fix="manager" if row.event == RECEIPT else "operator",
        at=at,
    )


def _logged(outlet_id: str, message_id: str, number: int, phase: Phase, seconds: int) -> MessageTry:
    return MessageTry(
        outlet_id=outlet_id,
        message_id=message_id,
        number=number,
        phase=phase,
        at=clock_text(seconds),
    )


def run(engine: Engine, channels: Channels, stop: threading.Event) -> None:
    """Messages leave as they become due, until `stop` is set."""
    sender = Sender(engine, channels)
    while not stop.is_set():
        try:
            wait = sender.step()
        except Unreachable as error:
            _log.warning("sending.store", error=str(error.orig))
            wait = None
        except Exception:  # noqa: BLE001 - a thread that ends would leave messages waiting
            _log.exception("sending.failed")
            wait = None
        stop.wait(PAUSE_SECONDS if wait is None else min(wait, PAUSE_SECONDS))
