"""How often one address may ask."""

import time
from collections import OrderedDict

from app.routes.base.problems import TooMany
from app.routes.base.request import Asked

CHECKS_PER_MINUTE = 60
"""Of one address at the verification service."""


_MOST_ADDRESSES = 10_000


class Bucket:
    """Counts what each address asked in the running minute."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def take(self, address: str) -> None:
        """One more; raises `TooMany` past the limit of the minute."""
        now = int(time.monotonic())
        minute, count = self._counts.get(address, (now // 60, 0))
        if minute != now // 60:
            minute, count = now // 60, 0
        if count >= self._most:
            raise TooMany(60 - now % 60)
        self._counts[address] = (minute, count + 1)
        self._counts.move_to_end(address)
        if len(self._counts) > _MOST_ADDRESSES:
            self._counts.popitem(last=False)


def address_of(request: Asked) -> str:
    """The address that asks."""
    return request.client.host if request.client else ""
