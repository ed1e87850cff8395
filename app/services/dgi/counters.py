"""What counters say of sales in doubt, and what a doubt lets through."""

import re
from collections.abc import Sequence

import structlog

from app.control.module import Normalised, weigh_counters
from app.store.tables.dgi import ControlModuleRow, Delivery

UNDECIDED = "undecided"

_TOTAL = re.compile(r"[0-9]+/([0-9]+)\b", re.ASCII)
_log = structlog.get_logger()


def total_counter(counters: str) -> int | None:
    """The total of `41/44 FV`, or None when the text is another."""
    match = _TOTAL.match(counters)
    return int(match[1]) if match else None


def weigh(module: ControlModuleRow, others: Sequence[Delivery], answer: Normalised) -> int:
    """The counters of a confirmed invoice say what became of the other sales in doubt.

    Returns how many invoices the module counted that nobody here knows of, while none was in doubt.
    """
    strange = 0
    after = total_counter(answer.counters)
    doubts = [doubt for doubt in others if doubt.evidence is None]
    if doubts:
        verdict = UNDECIDED
        if after is not None:
            verdict = weigh_counters(len(doubts), module.last_total_counter, after)
        for doubt in doubts:
            doubt.evidence = verdict
        _log.warning("normalise.doubts_weighed", verdict=verdict, sales=len(doubts))
    elif after is not None and module.last_total_counter not in (None, after - 1):
        strange = max(0, after - (module.last_total_counter or 0) - 1)
        _log.warning("normalise.counters_jumped", nim=module.nim, after=after)
    if after is not None:  # an answer that was stored long ago may be settled late
        module.last_total_counter = max(after, module.last_total_counter or 0)
    return strange


def may_send(doubts: list[Delivery]) -> bool:
    """True when an unsent invoice may be sent after these sales in doubt.

    No doubt is undecided, and at most one was not weighed: after a doubt exactly one next invoice
    is sent, and its counters tell what became of the doubt.
    """
    if any(doubt.evidence == UNDECIDED for doubt in doubts):
        return False
    return sum(doubt.evidence is None for doubt in doubts) <= 1
