"""`make bench`: seals per second through HTTP beside a floor of the same run, and the proof's pace.

Ratios are what counts: the machine is shared, so product and floor take turns within one run.
"""

import argparse
import json
import os
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.error import URLError
from urllib.request import urlopen

from tests.bench.sale import SALE
from tests.harness.ports import free_port
from tests.harness.postgres import shared_cluster
from tests.harness.postgres_keeper import DURABLE

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
CLIENTS = (1, 8, 64)


@dataclass(frozen=True, slots=True)
class Load:
    """One run of the load generator."""

    per_second: float
    p50_ms: float
    p99_ms: float
    errors: int


@contextmanager
def served(kind: str, database: str, var: Path, emcf: tuple[str, ...] = ()) -> Iterator[int]:
    """The port of a running server."""
    port = free_port()
    var.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(HERE / "serve.py"), kind, database, str(port), str(var), *emcf]
    log = (var / "log").open("wb")
    with log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        try:
            _wait(port, server)
            yield port
        finally:
            server.terminate()


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        try:
            urlopen(f"http://127.0.0.1:{port}/nothing", timeout=1)
        except URLError as error:
            if hasattr(error, "code"):
                return
        if server.poll() is not None:
            raise SystemExit("the server under load did not start; see its log")
        time.sleep(0.1)


def load(port: int, clients: int, seconds: int, key: str, body: Path) -> Load:
    """What wrk measured against that port."""
    command = [
        "wrk",
        "--threads=1",
        f"--connections={clients}",
        f"--duration={seconds}s",
        "--timeout=30s",
        f"--script={HERE / 'sale.lua'}",
        f"http://127.0.0.1:{port}",
        "--",
        secrets.token_hex(4),
        key,
        str(body),
    ]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    figures = [int(f) for f in printed.split("RESULT ")[1].split()]
    requests, micros, errors, p50, p99, _ = figures
    return Load(requests * 1e6 / micros, p50 / 1000, p99 / 1000, errors)


def _key(var: Path) -> str:
    card = var / "demo.json"
    return str(json.loads(card.read_text())["api_key"]) if card.exists() else "none"


def stolen() -> tuple[int, int]:
    """Stolen and total CPU ticks since the machine started."""
    fields = [int(n) for n in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return fields[7], sum(fields)


@contextmanager
def _databases(scratch: Path, kind: str) -> Iterator[tuple[str, str]]:
    if kind == "SQLite":
        yield f"sqlite:///{scratch}/product.sqlite", f"sqlite:///{scratch}/floor.sqlite"
        return
    os.environ[DURABLE] = "1"
    with (
        shared_cluster(scratch) as cluster,
        cluster.fresh_database() as product,
        cluster.fresh_database() as floor,
    ):
        yield product, floor


def compare(kind: str, seconds: int, rounds: int) -> None:
    """Prints product and floor at each number of clients on one database."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        body = scratch / "sale.json"
        body.write_text(json.dumps(SALE, ensure_ascii=False))
        with (
            _databases(scratch, kind) as (product_url, floor_url),
            served("product", product_url, scratch / "product") as product,
            served("floor", floor_url, scratch / "floor") as floor,
        ):
            key = _key(scratch / "product")
            for clients in CLIENTS:
                _print_row(kind, clients, product, floor, key, body, seconds, rounds)


def _print_row(
    kind: str,
    clients: int,
    product: int,
    floor: int,
    key: str,
    body: Path,
    seconds: int,
    rounds: int,
) -> None:
    before = stolen()
    pairs = [
        (load(product, clients, seconds, key, body), load(floor, clients, seconds, key, body))
        for _ in range(rounds)
    ]
    after = stolen()
    ours = [p for p, _ in pairs]
    steal = 100 * (after[0] - before[0]) / max(1, after[1] - before[1])
    ratio = median(p.per_second / f.per_second for p, f in pairs)
    print(
        f"| {kind} | {clients} | {median(p.per_second for p in ours):.0f} "
        f"| {median(f.per_second for _, f in pairs):.0f} | **{ratio:.2f}** "
        f"| {median(p.p50_ms for p in ours):.1f} | {median(p.p99_ms for p in ours):.1f} "
        f"| {sum(p.errors for p in ours)} | {steal:.0f} % |",
        flush=True,
    )


def with_simulator(seconds: int) -> None:
    """Prints the pace with the simulated e-MCF on: it takes one invoice after the other."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        body = scratch / "sale.json"
        body.write_text(json.dumps(SALE, ensure_ascii=False))
        command = [sys.executable, "-m", "app", "emcf-simulator", "--port", "0"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT
        ) as simulator:
            try:
                address = json.loads(simulator.stdout.readline() if simulator.stdout else b"")
                emcf = (address["url"], address["token"])
                database = f"sqlite:///{scratch}/product.sqlite"
                with served("product", database, scratch / "product", emcf) as port:
                    for clients in (1, 8):
                        got = load(port, clients, seconds, _key(scratch / "product"), body)
                        print(
                            f"| SQLite + e-MCF simulé | {clients} | {got.per_second:.0f} | – | – "
                            f"| {got.p50_ms:.1f} | {got.p99_ms:.1f} | {got.errors} | |",
                            flush=True,
                        )
            finally:
                simulator.terminate()


def proof(sales: int) -> None:
    """Prints entries verified per second of CPU, and export rows per second with peak memory."""
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-m", "tests.bench.proof", name, str(sales)]
        subprocess.run(command, check=True, cwd=ROOT)


def main() -> None:
    """Prints everything as tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=5, help="of each run")
    parser.add_argument("--rounds", type=int, default=3, help="product and floor in turn")
    parser.add_argument("--sales", type=int, default=20_000, help="for the proof")
    parser.add_argument("--only", choices=["SQLite", "PostgreSQL", "simulator", "proof"])
    asked = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    print(f"{os.cpu_count()} cœurs, Python {sys.version.split()[0]}")
    print(
        "| base | clients | ventes/s | plancher | rapport | p50 ms | p99 ms | erreurs | CPU volé |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for kind in ("SQLite", "PostgreSQL"):
        if asked.only in (None, kind):
            compare(kind, asked.seconds, asked.rounds)
    if asked.only in (None, "simulator"):
        with_simulator(asked.seconds)
    if asked.only in (None, "proof"):
        proof(asked.sales)


if __name__ == "__main__":
    main()
