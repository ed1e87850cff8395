"""Papers sold by a running demo, and what its simulated authority does to them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from app.fiscal.ledger import utc_text
from tests.given.requests import sale_request
from tests.harness.processes import Commands
from tests.harness.waiting import wait_until

PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Paper:
    """What a customer holds."""

    number: str
    code: str
    seal: str
    reference: str
    path: str
    """Of its page."""


@dataclass(frozen=True)
class PaperShop:
    """A running demo."""

    url: str
    var: Path

    @property
    def facts(self) -> dict[str, Any]:
        """What the demo wrote about itself."""
        facts: dict[str, Any] = json.loads((self.var / "demo.json").read_text(encoding="utf-8"))
        return facts

    def sell(self) -> Paper:
        """90 000.00 of flour to a passer-by; the authority may not have answered yet."""
        key = uuid4().hex
        identity = f"0199a6a2-7b1e-7{key[:3]}-9{key[3:6]}-{key[6:18]}"
        answer = httpx.put(
            f"{self.url}/api/v1/invoices/{identity}",
            json=sale_request(timestamp=utc_text(datetime.now(UTC))),
            headers={"Authorization": f"Bearer {self.facts['api_key']}"},
            timeout=PATIENCE_SECONDS,
        )
        answer.raise_for_status()
        document = answer.json()
        said = document["security"]
        return Paper(
            said["fiscal_number"],
            said["auth_code"],
            said["seal"],
            said["reference"],
            document["links"]["verify"],
        )

    def normalised(self) -> Paper:
        """A paper that the authority has normalised."""
        paper = self.sell()
        self.wait_for(paper, "normalised")
        return paper

    def wait_for(self, paper: Paper, status: str) -> None:
        """The invoice has that status."""
        headers = {"Authorization": f"Bearer {self.facts['api_key']}"}
        address = f"{self.url}/api/v1/invoices/{paper.number}"

        def said() -> str:
            return str(httpx.get(address, headers=headers, timeout=60).json()["status"])

        wait_until(lambda: said() == status, seconds=PATIENCE_SECONDS, otherwise=said)

    @contextmanager
    def broken_by(self, *rules: dict[str, Any]) -> Iterator[None]:
        """The authority follows this script of faults until the block ends."""
        script = self.facts["emcf_url"].removesuffix("/edef") + "/simulator/faults"
        httpx.put(script, json=rules, timeout=60).raise_for_status()
        try:
            yield
        finally:
            httpx.put(script, json=[], timeout=60).raise_for_status()


@contextmanager
def paper_shop(folder: Path) -> Iterator[PaperShop]:
    """A demo over that folder until the block ends."""
    commands = Commands(folder, [])
    try:
        running = commands("demo", ready="Une autre caisse")  # its last line
        yield PaperShop(running.url, folder / "var")
    finally:
        commands.end()
