"""How fast a backlog leaves after a national outage: `python -m tests.bench.drain`.

The invoices of many outlets wait while everything is paused; then `bono work` brings them to the
simulated authority, while a till goes on selling. The floor is measured in the same run: bare
POST and confirm pairs from a client that keeps nothing, on as many connections, against the same
simulator process. Printed: both, their ratio, what each side cost, the order of every outlet, how
far apart the outlets ended, and how long the sales made meanwhile took.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.request import Request, urlopen

from app.control.simulator import make_token
from app.fiscal.draft import read_draft
from app.services.dgi.agent import THREADS
from app.services.ledger.opening import open_all
from app.services.ledger.submission import Submission, submission
from app.services.ledger.thread import SealingThread
from app.services.rules.policy import change
from app.settings import Settings
from app.store import outlets
from app.store.dgi import deliveries, modules
from app.store.engine import Engine, migrate, open_engine, reading, writing
from app.store.tables.dgi import ControlModuleRow
from app.store.tables.outlets import Merchant, Outlet
from app.store.tables.tills import Terminal
from app.store.tenancy import EVERYWHERE
from app.store.tills import terminals
from app.wiring import signer_opener
from tests.bench.sale import SALE
from tests.harness.postgres import shared_cluster
from tests.harness.postgres_keeper import DURABLE

HEAD = """{asked.database}, {asked.invoices} factures de {asked.outlets} points de vente, \
{threads} connexions ; l'ordre de chacun et l'absence de double sont vérifiés

| réponse de la DGI | vidange/s | plancher/s (avant / après) | rapport | CPU agent, ms par facture \
| CPU simulateur (au plancher) | écart des fins | ventes pendant | leur p99, ms |
|---|---|---|---|---|---|---|---|---|"""

ROOT = Path(__file__).parents[2]
NIF = SALE["merchant_nif"]


@dataclass(slots=True)
class Drain:
    """One run: its store, its simulator, and what was sold."""

    folder: Path
    database: str
    url: str
    engine: Engine
    sealing: SealingThread
    outlet_ids: list[str]
    simulator_pid: int
    seconds: list[float] = field(default_factory=list)
    """How long each sale made meanwhile took."""

    @property
    def own(self) -> str:
        """The simulator's own endpoints."""
        return self.url.removesuffix("/edef") + "/simulator"


@contextmanager
def simulator(folder: Path) -> Iterator[tuple[str, int]]:
    """Its address, and its process."""
    command = [sys.executable, "-m", "app", "emcf-simulator", "--port", "0", "--state"]
    with subprocess.Popen(
        [*command, str(folder / "authority.jsonl")],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT,
    ) as process:  # fmt: skip
        try:
            address = json.loads(process.stdout.readline() if process.stdout else b"")
            yield address["url"], process.pid
        finally:
            process.terminate()


def token(nim: str) -> str:
    """A token of that e-MCF."""
    return make_token(NIF, nim, datetime.now(UTC) + timedelta(days=30))


def nim_of(outlet_id: str) -> str:
    """The outlet's e-MCF."""
    return f"CD{outlet_id[1:].zfill(8)}-1"


def slow_down(drain: Drain, milliseconds: int) -> None:
    """The authority takes so long for each answer, as over the internet."""
    rules = [{"on": "any", "fault": "stall", "seconds": milliseconds / 1000}]
    put = Request(  # noqa: S310 - our own simulator
        f"{drain.own}/faults",
        data=json.dumps(rules if milliseconds else []).encode(),
        method="PUT",
    )
    urlopen(put).close()  # noqa: S310 - the same


def pause(drain: Drain) -> None:
    """Nothing is sent."""
    with writing(drain.engine) as session:
        for outlet_id in drain.outlet_ids:
            modules.pause(session, nim_of(outlet_id), "bench", "2026-11-22T00:00:00Z")


def furnish(drain: Drain) -> None:
    """The outlets stand, each with its e-MCF; no rate is limited."""
    with writing(drain.engine) as session:
        outlets.put(session, Merchant(nif=NIF, name="Chaîne Exemple SARL"))
        for outlet_id in drain.outlet_ids:
            nim = nim_of(outlet_id)
            modules.put_module(
                session, ControlModuleRow(nim=nim, nif=NIF, url=drain.url, token=token(nim))
            )
            outlets.put(
                session,
                Outlet(
                    outlet_id=outlet_id, merchant_nif=NIF, name=f"Boutique {outlet_id}",
                    address="1 av. Fictive, Kinshasa", contact="+243000000001",
                    regime="Régime réel", isf="TEST_SFE", zone="Africa/Kinshasa",
                    control_module=nim,
                ),
            )  # fmt: skip
            terminals.put_terminal(
                session, Terminal(outlet_id=outlet_id, terminal_id="T1", name="1")
            )
        change(session, EVERYWHERE, "rate_per_minute", "0", by="bench", at="2026-11-22T00:00:00Z")


def sale(drain: Drain, outlet_id: str) -> Submission:
    """The next sale of that outlet."""
    with reading(drain.engine) as session:
        outlet = outlets.outlet_facts(session, outlet_id)
    assert outlet is not None
    draft = read_draft({**SALE, "outlet_id": outlet_id}, str(uuid.uuid4()))
    return submission(draft, outlet, datetime.now(UTC), source="api", submitted_by="bench")


def fill(drain: Drain, invoices: int) -> None:
    """So many invoices wait, the outlets' in turn."""
    waiting = []
    for number in range(invoices):
        outlet_id = drain.outlet_ids[number % len(drain.outlet_ids)]
        waiting.append(drain.sealing.submit(sale(drain, outlet_id)))
        if len(waiting) >= 256:
            for one in waiting:
                one.result()
            waiting.clear()
    for one in waiting:
        one.result()


def bare(drain: Drain, pairs: int, connections: int) -> float:
    """Pairs per second of the barest client."""
    tokens = [token(f"CD9{secrets.randbelow(10**7):07}-1") for _ in range(connections)]
    command = [sys.executable, "-m", "tests.bench.bare_client", drain.url, str(pairs), *tokens]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    return float(printed)


@contextmanager
def working(drain: Drain) -> Iterator[int]:
    """`bono work` over the store; its process."""
    env = {
        **os.environ,
        "BONO_ROLE": "demo",
        "BONO_VAR": str(drain.folder / "var"),
        "BONO_DATABASE_URL": drain.database,
    }
    with (
        (drain.folder / "work.log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-m", "app", "work"],
            stdout=subprocess.PIPE, stderr=log, cwd=ROOT, env=env,
        ) as process,
    ):  # fmt: skip
        try:
            if process.stdout is None or not process.stdout.readline():
                raise SystemExit(f"bono work did not start: see {log.name}")
            yield process.pid
        finally:
            process.terminate()


def selling(drain: Drain, per_second: float, ending: threading.Event) -> None:
    """A till sells until the end, each sale timed to its seal."""
    number = 0
    while not ending.wait(1 / per_second):
        outlet_id = drain.outlet_ids[number % len(drain.outlet_ids)]
        number += 1
        one = sale(drain, outlet_id)
        started = time.perf_counter()
        drain.sealing.submit(one).result()
        drain.seconds.append(time.perf_counter() - started)


def waiting(drain: Drain) -> int:
    """How many invoices have not reached their end."""
    with reading(drain.engine) as session:
        return deliveries.unfinished(session)


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def drained(drain: Drain, per_second: float) -> dict[str, float]:
    """The backlog has left; how long it took and what it cost."""
    with working(drain) as pid:
        ending = threading.Event()
        till = threading.Thread(target=selling, args=(drain, per_second, ending))
        before = cpu(pid), cpu(drain.simulator_pid)
        with writing(drain.engine) as session:
            for outlet_id in drain.outlet_ids:
                modules.resume(session, nim_of(outlet_id))
        started = time.perf_counter()
        till.start()
        while waiting(drain) > len(drain.outlet_ids):
            time.sleep(0.2)
        ending.set()
        till.join()
        while waiting(drain):
            time.sleep(0.05)
        seconds = time.perf_counter() - started
        return {
            "seconds": seconds,
            "worker": cpu(pid) - before[0],
            "simulator": cpu(drain.simulator_pid) - before[1],
        }


def check(drain: Drain, since: int) -> list[float]:
    """Every outlet's invoices were recorded once, in their order; when each outlet ended."""
    new, ends = recorded(drain)[since:], []
    for outlet_id in drain.outlet_ids:
        mine = [invoice for invoice in new if invoice["nim"] == nim_of(outlet_id)]
        references = [invoice["rn"] for invoice in mine]
        assert references == sorted(set(references)), f"{outlet_id}: order or double"
        ends.append(datetime.fromisoformat(mine[-1]["date"]).timestamp())
    return ends


def recorded(drain: Drain) -> list[dict[str, Any]]:
    """What the authority recorded, in order."""
    with urlopen(f"{drain.own}/invoices") as answer:  # noqa: S310 - our own simulator
        every: list[dict[str, Any]] = json.loads(answer.read())
    return every


def report(
    drain: Drain, invoices: int, connections: int, per_second: float, milliseconds: int
) -> None:
    """One backlog is made, drained and measured."""
    pause(drain)
    drain.seconds.clear()
    fill(drain, invoices)
    slow_down(drain, milliseconds)
    pairs = max(500, invoices // 4)
    before = cpu(drain.simulator_pid)
    floors = [bare(drain, pairs, connections)]
    bare_cost = (cpu(drain.simulator_pid) - before) / pairs
    since = len(recorded(drain))
    run = drained(drain, per_second)
    total = invoices + len(drain.seconds)
    ends = check(drain, since)
    floors.append(bare(drain, pairs, connections))
    slow_down(drain, 0)
    pace, floor = total / run["seconds"], median(floors)
    spread = (max(ends) - min(ends)) / run["seconds"]
    p99 = quantiles(drain.seconds, n=100)[98] if len(drain.seconds) > 1 else 0
    print(
        f"| {milliseconds} ms | {pace:.0f} | {' / '.join(f'{f:.0f}' for f in floors)} "
        f"| **{pace / floor:.2f}** | {1000 * run['worker'] / total:.1f} "
        f"| {1000 * run['simulator'] / total:.1f} ({1000 * bare_cost:.1f}) "
        f"| {spread:.0%} | {len(drain.seconds)} | {1000 * p99:.0f} |",
        flush=True,
    )


@contextmanager
def database(folder: Path, kind: str) -> Iterator[str]:
    """An empty database of that kind."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/drain.sqlite"
        return
    os.environ[DURABLE] = "1"
    with shared_cluster(folder) as cluster, cluster.fresh_database() as url:
        yield url


def main() -> None:
    """One run as the arguments say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--invoices", type=int, default=int(os.environ.get("DRAIN", "2000")))
    parser.add_argument("--outlets", type=int, default=50)
    parser.add_argument("--sales", type=float, default=5, help="a second, while it drains")
    parser.add_argument(
        "--latency", type=int, nargs="*", default=[0, 100], help="of the authority, in ms"
    )
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "var").mkdir()
        with database(folder, asked.database) as where, simulator(folder) as (url, pid):
            engine = open_engine(where)
            migrate(engine)
            settings = Settings(var=folder / "var", database_url=where)
            sealing = SealingThread(
                engine, signer_opener(settings, lambda: True), settings.verify_host
            )
            sealing.start()
            ids = [f"P{number:03}" for number in range(1, asked.outlets + 1)]
            drain = Drain(folder, where, url, engine, sealing, ids, pid)
            furnish(drain)
            open_all(engine, sealing)
            print(HEAD.format(asked=asked, threads=min(THREADS, asked.outlets)), flush=True)
            for milliseconds in asked.latency:
                report(
                    drain, asked.invoices, min(THREADS, asked.outlets), asked.sales, milliseconds
                )
            sealing.stop()
            engine.dispose()


if __name__ == "__main__":
    main()
