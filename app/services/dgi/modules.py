"""Control modules as a process reaches them."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from app.control.module import ControlModule, Lists
from app.store.dgi import modules as module_rows
from app.store.engine import Engine, reading


@dataclass(frozen=True, slots=True)
class Address:
    """Where a control module answers, and as whom we speak."""

    nim: str
    nif: str
    url: str
    token: str = field(repr=False)


Opener = Callable[[Address], ControlModule]


class Reached(ControlModule, Lists, Protocol):
    """A control module that also tells the authority's lists."""


class Modules:
    """The control modules as this process reaches them beside the deliveries."""

    def __init__(self, engine: Engine, opened: Callable[[Address], Reached]) -> None:
        self._engine, self._opened = engine, opened
        self._known: dict[str, tuple[Address, Reached]] = {}
        self._lock = threading.Lock()

    def __call__(self, nim: str) -> Reached:
        """The module of that NIM; one whose address or token changed is opened anew."""
        with reading(self._engine) as session:
            row = module_rows.module(session, nim)
            address = Address(row.nim, row.nif, row.url, row.token)
        with self._lock:
            known = self._known.get(nim)
            if known is not None and known[0] == address:
                return known[1]
            if known is not None:
                known[1].close()
            module = self._opened(address)
            self._known[nim] = (address, module)
            return module

    def close(self) -> None:
        """Every connection is closed."""
        with self._lock:
            for _, module in self._known.values():
                module.close()
            self._known.clear()
