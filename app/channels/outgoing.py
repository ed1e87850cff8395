"""What leaves the house by a channel, what came of one try, and the channels of a process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.store.tables.messages import ChannelName

MOST_WORDS = 300
"""Characters of what the other side said that are kept."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as its channel needs it; id and bytes are the same at every try."""

    message_id: str
    target: str
    """An address of the web, an e-mail address, or the digits of a telephone number."""
    body: bytes
    at: int
    """Of this try: seconds since 1970."""
    secrets: tuple[str, ...] = ()
    """`whsec_…`; two while one replaces the other."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try."""

    state: Literal["sent", "later", "failed"]
    """`later`: the same message may get through another time; `failed`: it never will."""
    words: str
    status: int | None = None
    """HTTP's or SMTP's; None when no answer came."""
    after: int = 0
    """Seconds that the other side asked us to wait (`Retry-After`)."""
    blocks: Literal["nothing", "target", "channel"] = "nothing"
    """What else would not get through now."""
    remote_id: str = ""
    """What the other side calls the message, when it said so."""


Channel = Callable[[Outgoing], Outcome]
"""Sends one message, once, within about half a minute; never raises for what others do."""


def brief(text: str) -> str:
    """The beginning of what the other side said, on one line."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:MOST_WORDS]


@dataclass(frozen=True, slots=True)
class Channels:
    """What `wiring` chose: how each channel is sent, from whom, and where our pages are."""

    by_name: Mapping[ChannelName, Channel] = field(default_factory=dict)
    """`webhook`, `email`, `whatsapp`: those that are set up."""
    mail_from: str = ""
    host: str = ""
    """Where people find their receipts (`BONO_VERIFY_HOST`)."""
    whatsapp_template: str = ""

    def address(self, path: str) -> str:
        """The whole address of one of our pages; only this machine is reached without TLS."""
        here = self.host.partition(":")[0] in {"127.0.0.1", "localhost"}
        return f"{'http' if here else 'https'}://{self.host}{path}"
