"""The clock of the workers goes on, whoever sets the clock on the wall."""

import time

from app.services.dgi.clock import SteadyClock


def test_a_step_of_the_wall_clock_moves_no_worker() -> None:
    wall, gone_by = [1_000.0], [50.0]
    clock = SteadyClock(lambda: wall[0], lambda: gone_by[0])
    gone_by[0] += 7
    wall[0] += 86_400
    assert clock() == 1_007.0


def test_it_begins_with_the_time_of_the_machine() -> None:
    before = time.time()
    assert before - 1 <= SteadyClock()() <= time.time() + 1
