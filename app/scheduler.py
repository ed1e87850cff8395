"""What runs by itself, how often, and where: a table, and the clock that walks it.

Each job is done by one process of the deployment at a time, which holds its turn; loops run in
every process. A job that takes longer than its period is not begun a second time, one that fails
is logged and comes again, and none keeps a process from ending.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from apscheduler.executors.base import BaseExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from app.services.dgi.daily import Daily
from app.services.dgi.modules import Modules, Reached
from app.services.ledger.party import Calls
from app.services.messages.publishing import publish
from app.services.rules.law import record
from app.services.rules.policy import policy_of
from app.services.watch.colours import colours
from app.services.watch.job_log import JobLog
from app.services.watch.probes import Looking, probe_all
from app.store.engine import Engine, Taken, Unreachable, reading, writing
from app.store.tenancy import EVERYWHERE
from app.store.watch.turns import claim_turn, leave_turns

PATIENCE: Final = 2
"""Seconds that the end of the process waits for what is running."""
TURN_SECONDS: Final = 10
"""A turn lasts that long at least, and three periods of its job."""
ASK_AGAIN_SECONDS: Final = 5
"""Before a process asks again for a turn that another has."""

_log = structlog.get_logger()
logging.getLogger("apscheduler").setLevel(logging.ERROR)  # that a job is still running is no news


@dataclass(frozen=True, slots=True)
class Means:
    """What the jobs work with."""

    engine: Engine
    sealing: Calls
    modules: Modules[Reached]
    internet: tuple[str, int] | None = None
    daily: Daily = field(default_factory=Daily)

    @property
    def looking(self) -> Looking:
        """What the probes look with."""
        return Looking(self.sealing, self.modules, self.internet)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done again and again, by one process of the deployment."""

    name: str
    seconds: int
    run: Callable[[Means, datetime], object]
    rule: str | None = None
    """The rule of `services.policy` that says how often instead; looked at every `seconds`."""


JOBS: Final = (
    Job("publish", 1, lambda means, now: publish(means.engine, now)),
    Job("telemetry", 5, lambda means, now: colours(means.engine, now)),
    Job(
        "probes", 5, lambda means, now: probe_all(means.engine, means.looking, now), "probe_seconds"
    ),
    Job("law", 60, lambda means, _now: record(means.engine, means.sealing)),
    Job("daily", 60, lambda means, now: means.daily.run(means.engine, means.modules, now)),
)

Loop = Callable[[threading.Event], None]
"""Works in every process until the event is set."""


class _Threads(BaseExecutor):  # type: ignore[misc]  # it has no types
    """Runs each job in a thread that does not keep the process from ending."""

    def __init__(self) -> None:
        super().__init__()
        self.running: set[threading.Thread] = set()

    def _do_submit_job(self, job: Any, _run_times: Sequence[datetime]) -> None:
        threading.Thread(target=self._run, args=(job,), name=f"job {job.id}", daemon=True).start()

    def _run(self, job: Any) -> None:
        here = threading.current_thread()
        self.running.add(here)
        try:
            job.func(*job.args)
        finally:
            self.running.discard(here)
            self._run_job_success(job.id, [])


@dataclass(slots=True)
class Schedule:
    """The jobs and loops of one process; `start` begins them, `stop` ends them."""

    means: Means
    loops: Sequence[Loop] = ()
    jobs: Sequence[Job] = JOBS
    log: JobLog = field(default_factory=JobLog)
    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    _ending: threading.Event = field(default_factory=threading.Event)
    _threads: _Threads = field(default_factory=_Threads)
    _looping: list[threading.Thread] = field(default_factory=list)
    _clock: Any = None
    _turns: dict[str, int] = field(default_factory=dict)
    """By job, until when this process has its turn: seconds since 1970."""
    _asked: dict[str, int] = field(default_factory=dict)
    _ran: dict[str, float] = field(default_factory=dict)

    def start(self) -> None:
        """Every job is done at once, and then as often as the table says."""
        self._clock = BackgroundScheduler(
            timezone=UTC,
            executors={"default": self._threads},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for job in self.jobs:
            self._clock.add_job(
                self.run,
                "interval",
                args=(job,),
                id=job.name,
                seconds=job.seconds,
                next_run_time=datetime.now(UTC),
            )
        self._clock.start()
        for number, loop in enumerate(self.loops):
            thread = threading.Thread(
                target=loop, args=(self._ending,), name=f"loop {number}", daemon=True
            )
            thread.start()
            self._looping.append(thread)

    def stop(self) -> None:
        """Nothing begins any more; what is running gets a little time, then it is left alone."""
        self._ending.set()
        if self._clock is None:
            return
        self._clock.shutdown(wait=False)
        end = time.monotonic() + PATIENCE
        for thread in (*self._threads.running, *self._looping):
            thread.join(max(0.0, end - time.monotonic()))
        try:
            with writing(self.means.engine) as session:
                leave_turns(session, self.owner)
        except Unreachable as error:
            _log.warning("scheduler.turns_kept", error=str(error.orig))
        self.means.modules.close()

    def run(self, job: Job) -> None:
        """The job is done if it is due and this process has its turn; never raises."""
        now = datetime.now(UTC)
        seconds = int(now.timestamp())
        try:
            if self._ending.is_set() or not self._is_due(job) or not self._has_turn(job, seconds):
                return
            self._ran[job.name] = time.monotonic()
            job.run(self.means, now)
        except Unreachable as error:
            self.log.failed(job.name)
            _log.warning("scheduler.store", job=job.name, error=str(error.orig))
        except Exception:  # noqa: BLE001 - whatever it is, the job comes again
            self.log.failed(job.name)
            _log.exception("scheduler.failed", job=job.name)
        else:
            self.log.succeeded(job.name, seconds)

    def _is_due(self, job: Job) -> bool:
        before = self._ran.get(job.name)
        if job.rule is None or before is None:
            return True
        with reading(self.means.engine) as session:
            period: int = getattr(policy_of(session, EVERYWHERE), job.rule)
        return time.monotonic() - before >= period

    def _has_turn(self, job: Job, seconds: int) -> bool:
        """Whether this process does that job now; asked of the store while half a turn is left."""
        lasts = max(TURN_SECONDS, 3 * job.seconds)
        if self._turns.get(job.name, 0) - seconds > lasts // 2:
            return True
        if self._asked.get(job.name, 0) > seconds:
            return False
        done_at = self.log.last_success().get(job.name, 0)
        try:
            with writing(self.means.engine) as session:
                mine = claim_turn(session, job.name, self.owner, seconds, seconds + lasts, done_at)
        except Taken:  # two processes asked for the first time
            mine = False
        self._turns[job.name] = seconds + lasts if mine else 0
        self._asked[job.name] = 0 if mine else seconds + ASK_AGAIN_SECONDS
        return mine
