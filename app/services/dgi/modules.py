"""Control modules as a process reaches them: opened once, and anew when a token changes."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from app.control.module import ControlModule, Lists
from app.store.dgi import modules
from app.store.engine import Engine, reading
from app.store.tables.dgi import ControlModuleRow


@dataclass(frozen=True, slots=True)
class Address:
    """Where a control module answers, and as whom we speak."""

    nim: str
    nif: str
    url: str
    token: str = field(repr=False)

    @classmethod
    def of(cls, row: ControlModuleRow) -> "Address":
        """The address in that row."""
        return cls(row.nim, row.nif, row.url, row.token)


class Reached(ControlModule, Lists, Protocol):
    """A control module that also tells the authority's lists."""


M = TypeVar("M", bound=ControlModule)
Opener = Callable[[Address], ControlModule]


class Modules(Generic[M]):
    """The control modules that are open here, each at the address that the store says now."""

    def __init__(self, engine: Engine, opener: Callable[[Address], M]) -> None:
        self._engine, self._opener = engine, opener
        self._open: dict[str, tuple[Address, M]] = {}
        self._lock = threading.Lock()

    def __call__(self, nim: str) -> M:
        """The module of that NIM; one whose address or token changed is opened anew."""
        with reading(self._engine) as session:
            address = Address.of(modules.module(session, nim))
        with self._lock:
            standing = self._open.get(nim)
            if standing is not None and standing[0] == address:
                return standing[1]
            if standing is not None:
                standing[1].close()
            module = self._opener(address)
            self._open[nim] = (address, module)
            return module

    def close(self) -> None:
        """Every connection is closed."""
        with self._lock:
            for _, module in self._open.values():
                module.close()
            self._open.clear()
