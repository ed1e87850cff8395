"""A history from its seed: it happens, it calms down, and everything is checked."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from app.control.simulator.faults import Rule
from app.store.dgi import queues
from app.store.engine import reading
from tests.simulation.actions import ACTIONS, renew, resume
from tests.simulation.invariants import check_history
from tests.simulation.people import close_refusals, doubted, settle_doubt
from tests.simulation.stores import Stores
from tests.simulation.what_is_sold import SimulatedOutlet
from tests.simulation.world import World

OPEN: Final = ("pending", "submitted", "confirming", "in_doubt", "failed")
CALM_ROUNDS: Final = 60
"""How often a calm world may have to be looked at until everything is through."""


@dataclass(slots=True)
class Tally:
    """What histories were, added up."""

    seeds: list[int] = field(default_factory=list)
    actions: int = 0
    entries: int = 0
    met: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        """The other's histories count here too."""
        self.seeds += other.seeds
        self.actions += other.actions
        self.entries += other.entries
        for name in COUNTERS:
            getattr(self, name).update(getattr(other, name))

    def document(self) -> dict[str, Any]:
        """The tally as JSON, to send it from a worker of the tests."""
        counters = {name: dict(getattr(self, name)) for name in COUNTERS}
        return {
            "seeds": self.seeds,
            "actions": self.actions,
            "entries": self.entries,
            **counters,
        }


COUNTERS: Final = ("met", "done", "ends", "checks")


def read_tally(document: dict[str, Any]) -> Tally:
    """The tally that `document` wrote."""
    counters = {name: Counter(document[name]) for name in COUNTERS}
    return Tally(document["seeds"], document["actions"], document["entries"], **counters)


class HistoryBroken(AssertionError):
    """A history in which something happened that may never happen."""

    def __init__(self, world: World, error: Exception) -> None:
        self.seed = world.seed
        told = "\n".join(world.diary)
        again = f"SIMULATION_SEED={world.seed} pytest tests/simulation"
        super().__init__(
            f"seed {world.seed}: {type(error).__name__}: {error}\n{told}\nAgain: {again}"
        )


def run(stores: Stores, seed: int) -> Tally:
    """The history of that seed keeps every invariant.

    Raises:
        HistoryBroken: it does not; the message says which, and tells the history.
    """
    world = World(stores, seed, ACTIONS)
    try:
        return _run(world)
    except Exception as error:
        raise HistoryBroken(world, error) from error


def _run(world: World) -> Tally:
    actions = world.chance.randint(24, 50)
    for _ in range(actions):
        world.act()
        world.ledgers.verify()
    calm_down(world)
    world.ledgers.verify()
    counts = check_history(world)
    _check_all_through(world)
    counts.checks["I4 proof, after each action"] = actions + 1
    counts.checks["I8 selling never waits"] = world.done["sell"]
    told = (world.air.met, world.done, counts.ends, counts.checks)
    return Tally([world.seed], actions, world.ledgers.entries, *told)


def calm_down(world: World) -> None:
    """Nothing goes wrong any more, people settle what is in doubt, and all comes through."""
    world.note("calm")
    _end_all_faults(world)
    for sale in world.tills.unanswered():
        world.sell(sale)
    for _ in range(CALM_ROUNDS):
        wait = _work_all(world)
        if not any(open_deliveries(world, place) for place in world.places):
            return
        close_refusals(world)
        settled = [settle_doubt(world, world.processes[0], sale) for sale in doubted(world)]
        if not any(settled):
            world.time.go_by(max(1.0, min(wait, 3600.0)))
        world.air.let_arrive()


def _end_all_faults(world: World) -> None:
    world.air.storm = 0.0
    world.air.down.clear()
    world.air.next_rules = [Rule(on="any", fault="new_rates")]
    world.authority_ahead = 0.0
    for process in world.processes:
        process.fuse.left = None
        process.clock.ahead, process.stepped = 0.0, False
        for place in world.places:
            process.give_back(place.nim)
    for place in world.places:
        renew(world, place)
        resume(world, place)


def _work_all(world: World) -> float:
    """Every module is worked until it waits; the least seconds until one may be due."""
    waits = []
    for number, place in enumerate(world.places):
        process = world.processes[number % len(world.processes)]
        waits.append(process.steps(place.nim, 200))
    return min((wait for wait in waits if wait is not None), default=60.0)


def open_deliveries(world: World, place: SimulatedOutlet) -> int:
    """How many sales of that place have no end yet."""
    with reading(world.engine) as session:
        return len(queues.queue(session, place.nim, OPEN))


def _check_all_through(world: World) -> None:
    """In a calm world every sealed sale comes to its end: the duty to report does not lapse."""
    for place in world.places:
        with reading(world.engine) as session:
            left = queues.queue(session, place.nim, OPEN)
        open_ones = [(row.sale_id[-6:], row.state, row.last_error) for row in left]
        assert not left, f"not through: {open_ones}"
