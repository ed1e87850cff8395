"""The channels of a process, and what the texts that go through them say of us."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.delivery.outgoing import Channel


@dataclass(frozen=True, slots=True)
class Channels:
    """What `wiring` chose: how each channel is sent, from whom, and where our pages are."""

    by_name: Mapping[str, Channel] = field(default_factory=dict)
    """`webhook`, `email`, `whatsapp`: those that are set up."""
    mail_from: str = ""
    host: str = ""
    """Where people find their receipts (`BONO_VERIFY_HOST`)."""
    whatsapp_template: str = ""

    def address(self, path: str) -> str:
        """The whole address of one of our pages; only this machine is reached without TLS."""
        here = self.host.partition(":")[0] in {"127.0.0.1", "localhost"}
        return f"{'http' if here else 'https'}://{self.host}{path}"
