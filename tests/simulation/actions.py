"""What may happen in a history, each thing by chance, and how likely it is."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from sqlalchemy import func
from sqlmodel import select

from app.control.simulator.faults import Rule
from app.fiscal.ledger import clock_text
from app.store.dgi import modules
from app.store.engine import Session, writing
from app.store.tables.dgi import ControlCall, ControlModuleRow
from tests.simulation.people import doubted, settle_doubt
from tests.simulation.what_is_sold import SimulatedOutlet
from tests.simulation.world import World

HOUR: Final = 3600
MOST_SALES: Final = 15


def _sell_anew(world: World) -> None:
    if len(world.tills.sales) < MOST_SALES:
        world.sell(world.tills.new(world.any_place()))


def _send_again(world: World) -> None:
    """A till that had no answer sends again; one that had one may too (F7)."""
    waiting = world.tills.unanswered() or world.tills.acknowledged()
    if waiting:
        world.sell(world.chance.choice(waiting))


def _credit(world: World) -> None:
    sold = [s for s in world.tills.acknowledged() if s.request["invoice_type"] == "FV"]
    if sold and len(world.tills.sales) < MOST_SALES:
        world.sell(world.tills.taken_back(world.chance.choice(sold)))


def _reopen(world: World) -> None:
    for sale in world.tills.acknowledged():
        state = world.state_of(sale)
        if not sale.replaced and state is not None and state.frozen_status == "refused":
            world.note("reopen", sale.sale_id[-6:])
            world.sell(world.tills.instead_of(sale))
            return


def _deliver(world: World) -> None:
    waiting = world.waiting_places()
    place = world.chance.choice(waiting) if waiting else world.any_place()
    process = world.chance.choice(world.idle())
    world.note("deliver", f"{place.nim} by {process.name}")
    world.work(process, place, world.chance.randint(1, 4))
    if world.chance.random() < 0.5:
        world.give_back(process, place)


def _wait(world: World) -> None:
    world.time.go_by(world.chance.choice((1, 10, 60, 200, 700)))


def _prepare_crash(world: World) -> None:
    process = world.chance.choice(world.idle())
    process.fuse.left = world.chance.randint(1, 30)


def _restart(world: World) -> None:
    process = world.chance.choice(world.idle())
    for place in world.places:
        world.give_back(process, place)
    if process in world.processes:
        world.note("restart", process.name)
        world.replace(process)


def _set_clock(world: World) -> None:
    """Somebody sets the clock of a machine that runs; it is an event of the ledger (I7)."""
    process = world.chance.choice(world.idle())
    if process.stepped or not world.tills.acknowledged():
        return
    place = world.any_place()
    world.sell(world.tills.new(place)) if world.chance.random() < 0.5 else None
    if process not in world.processes or process.busy:
        return
    process.stepped = True
    process.clock.ahead += world.chance.choice((-86400, -HOUR, -600, 600, HOUR, 86400))
    world.note("clock step", process.name)


def _authority_sets_clock(world: World) -> None:
    world.authority_ahead = world.chance.choice((0, 0, HOUR, -HOUR))
    world.note("authority clock step", str(world.authority_ahead))


def _change_rates(world: World) -> None:
    """The authority changes a rate with sales waiting (F19), or takes the change back."""
    rates = {} if world.rates_changed else {world.chance.choice("BCO"): Decimal(7)}
    world.rates_changed = bool(rates)
    world.air.next_rules.append(Rule(on="any", fault="new_rates", rates=rates))
    world.note("rates change", str(rates))


def _renew_token(world: World) -> None:
    place = world.any_place()
    renew(world, place)
    world.note("token renewed", place.nim)


def renew(world: World, place: SimulatedOutlet) -> None:
    """The module has a token that was never revoked; each process reads it when it claims."""
    with writing(world.engine) as session:
        session.get_one(ControlModuleRow, place.nim).token = world.new_token(place)


def _outage(world: World) -> None:
    place = world.any_place()
    if place.nim in world.air.down:
        world.air.down.clear()
        world.note("outage ends")
        return
    world.air.down |= {p.nim for p in world.places} if world.chance.random() < 0.5 else {place.nim}
    world.note("outage", place.nim)


def _pause(world: World) -> None:
    place, at = world.any_place(), clock_text(int(world.time.now))
    if world.chance.random() < 0.5:
        with writing(world.engine) as session:
            modules.pause(session, place.nim, by="M1", at=at)
            world.posts_at_pause.setdefault(place.nim, _posts(session, place.nim))
        world.note("pause", place.nim)
    else:
        resume(world, place)
        world.note("resume", place.nim)


def resume(world: World, place: SimulatedOutlet) -> None:
    """The module is sent to again; while it was paused nobody posted to it."""
    with writing(world.engine) as session:
        before = world.posts_at_pause.pop(place.nim, None)
        if before is not None:
            assert _posts(session, place.nim) == before, f"{place.nim}: posted while paused"
            world.pauses_kept += 1
        modules.resume(session, place.nim)


def _posts(session: Session, nim: str) -> int:
    query = select(func.count()).select_from(ControlCall)
    return session.exec(query.where(ControlCall.nim == nim, ControlCall.step == "post")).one()


def _people(world: World) -> None:
    """Two people look at the portal and settle a doubt, whenever they like."""
    doubts = doubted(world)
    if doubts:
        settle_doubt(world, world.chance.choice(world.idle()), world.chance.choice(doubts))


def _try_now(world: World) -> None:
    place = world.any_place()
    with writing(world.engine) as session:
        modules.try_now(session, place.nim)
    world.note("try now", place.nim)


ACTIONS: Final[list[tuple[int, Callable[[World], None]]]] = [
    (10, _sell_anew),
    (3, _send_again),
    (2, _credit),
    (2, _reopen),
    (22, _deliver),
    (6, _wait),
    (4, _prepare_crash),
    (2, _restart),
    (1, _set_clock),
    (1, _authority_sets_clock),
    (1, _change_rates),
    (1, _renew_token),
    (1, _outage),
    (1, _pause),
    (2, _try_now),
    (2, _people),
]
"""Weight, and what happens."""
