"""Work that leaves the event loop: with the store, or with the parts of the process."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from app.process import Parts
from app.routes.base.request import Asked, parts_of
from app.store.engine import Session, reading, writing

T = TypeVar("T")


async def writing_for(request: Asked, act: Callable[[Session], T]) -> T:
    """What the act returned, once its transaction is durable."""

    def run() -> T:
        with writing(parts_of(request).engine) as session:
            return act(session)

    return await asyncio.to_thread(run)


async def reading_for(request: Asked, look: Callable[[Session], T]) -> T:
    """What was read."""

    def run() -> T:
        with reading(parts_of(request).engine) as session:
            return look(session)

    return await asyncio.to_thread(run)


async def beside(request: Asked, work: Callable[[Parts], T]) -> T:
    """What that work with the parts gives, done beside the other requests."""
    return await asyncio.to_thread(work, parts_of(request))
