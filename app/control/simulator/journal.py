"""What the simulator remembers for ever: confirmed invoices, one JSON line each, fsynced."""

import asyncio
import json
import os
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

Key = tuple[str, str, Decimal]
"""Article code, tax group, unit price."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A finalised invoice of the simulated authority."""

    uid: str
    nif: str
    nim: str
    rn: str
    type: str
    total: Decimal
    vtotal: Decimal
    code: str
    """24 symbols, no hyphens."""
    type_counter: int
    total_counter: int
    at: datetime
    reference: str
    """Of a credit note: the code of its original, or `RRR`."""
    lines: tuple[tuple[Key, Decimal], ...]
    """Each line's key and quantity."""
    mode: str = ""
    """Of the prices; empty in a journal written before it was kept."""
    groups: Mapping[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    """Of each group its percent and its total."""

    @property
    def counters(self) -> str:
        """`41/44 FV`: of this type, of all types, the type."""
        return f"{self.type_counter}/{self.total_counter} {self.type}"


def as_document(invoice: Confirmed) -> dict[str, Any]:
    """The invoice as JSON: amounts and quantities are text, the time is ISO 8601."""
    return {
        "uid": invoice.uid,
        "nif": invoice.nif,
        "nim": invoice.nim,
        "rn": invoice.rn,
        "type": invoice.type,
        "total": str(invoice.total),
        "vtotal": str(invoice.vtotal),
        "code": invoice.code,
        "counters": invoice.counters,
        "date": invoice.at.isoformat(),
        "reference": invoice.reference,
        "lines": [[*map(str, key), str(quantity)] for key, quantity in invoice.lines],
        "mode": invoice.mode,
        "groups": {letter: [*map(str, both)] for letter, both in invoice.groups.items()},
    }


def from_document(document: Mapping[str, Any]) -> Confirmed:
    """The invoice that `as_document` wrote."""
    of_type, _, of_all = document["counters"].split()[0].partition("/")
    return Confirmed(
        uid=document["uid"],
        nif=document["nif"],
        nim=document["nim"],
        rn=document["rn"],
        type=document["type"],
        total=Decimal(document["total"]),
        vtotal=Decimal(document["vtotal"]),
        code=document["code"],
        type_counter=int(of_type),
        total_counter=int(of_all),
        at=datetime.fromisoformat(document["date"]),
        reference=document["reference"],
        lines=tuple(
            ((code, group, Decimal(price)), Decimal(quantity))
            for code, group, price, quantity in document["lines"]
        ),
        mode=document.get("mode", ""),
        groups={
            letter: (Decimal(percent), Decimal(total))
            for letter, (percent, total) in document.get("groups", {}).items()
        },
    )


class Journal:
    """The confirmed invoices of one state file, or of memory when there is no file.

    Opening it counts a start, so that a seeded simulator draws other codes after a restart.
    A last line torn by a power cut was never answered for: it is cut off.
    """

    def __init__(self, path: Path | None) -> None:
        self.by_code: dict[str, Confirmed] = {}
        """In the order of their confirms."""
        self._credits: dict[str, list[Confirmed]] = {}
        self.starts = 0
        self._file: int | None = None
        self._written = self._synced = 0
        """Bytes since the start."""
        self._syncing: asyncio.Future[None] | None = None
        if path is not None:
            self._read(path)
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND)
            weakref.finalize(self, os.close, self._file)
            self._append({"started": self.starts + 1})
            os.fsync(self._file)

    def append(self, invoice: Confirmed) -> None:
        """The invoice counts; nobody may be told before `durable` returns."""
        self._append({"confirmed": as_document(invoice)})
        self._keep(invoice)

    async def durable(self) -> None:
        """What was appended so far is on disk; whoever waits shares the next fsync."""
        wanted = self._written
        while self._file is not None and self._synced < wanted:
            if self._syncing is None:
                self._syncing = asyncio.ensure_future(self._sync(self._file))
            await asyncio.shield(self._syncing)

    async def _sync(self, file: int) -> None:
        written = self._written
        try:
            await asyncio.to_thread(os.fsync, file)
            self._synced = written
        finally:
            self._syncing = None

    def credits_of(self, code: str) -> list[Confirmed]:
        """The credit notes made on the original with that code."""
        return self._credits.get(code, [])

    def _keep(self, invoice: Confirmed) -> None:
        self.by_code[invoice.code] = invoice
        if invoice.reference:
            self._credits.setdefault(invoice.reference, []).append(invoice)

    def _read(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        os.truncate(path, whole)
        for line in content[:whole].splitlines():
            self._recall(json.loads(line))

    def _recall(self, row: Mapping[str, Any]) -> None:
        if "confirmed" in row:
            self._keep(from_document(row["confirmed"]))
        self.starts = row.get("started", self.starts)

    def _append(self, row: Mapping[str, Any]) -> None:
        if self._file is not None:
            line = json.dumps(row, separators=(",", ":")).encode() + b"\n"
            self._written += os.write(self._file, line)
