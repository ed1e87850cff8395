"""When to try again: bounds that double, chance that spreads, and a rate that is kept."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.rules import retry
from app.services.rules.policy import Policy

CHANCE = random.Random(1)  # noqa: S311 - the same waits each time


def waits(tries: int, policy: Policy, times: int = 2000) -> list[float]:
    return [retry.backoff(tries, policy, CHANCE) for _ in range(times)]


BOUNDS = {1: 2, 2: 4, 3: 8, 8: 256, 9: 512, 10: 600, 50: 600}


@pytest.mark.parametrize("tries", BOUNDS)
def test_a_wait_lies_anywhere_between_nothing_and_a_bound_that_doubles(tries: int) -> None:
    found = waits(tries, Policy())
    assert all(0 <= wait <= BOUNDS[tries] for wait in found)
    assert min(found) < BOUNDS[tries] / 10
    assert max(found) > BOUNDS[tries] * 9 / 10
    assert abs(sum(found) / len(found) / BOUNDS[tries] - 0.5) < 0.05


@given(st.integers(1, 10**6), st.integers(1, 600), st.integers(1, 86_400))
def test_no_wait_is_longer_than_the_rule_says(tries: int, base: int, most: int) -> None:
    policy = Policy(retry_base_seconds=base, retry_max_seconds=most)
    assert 0 <= retry.backoff(tries, policy, CHANCE) <= most


RESTS = {5: 30, 6: 60, 7: 120, 8: 240, 9: 480, 10: 600, 1000: 600}


@pytest.mark.parametrize("failures", RESTS)
def test_an_open_circuit_rests_longer_at_each_silence_up_to_ten_minutes(failures: int) -> None:
    for _ in range(200):
        found = retry.rest(failures, Policy(), CHANCE)
        assert RESTS[failures] / 2 <= found <= max(RESTS[failures], 600)


def test_a_closed_circuit_waits_no_longer_than_one_try() -> None:
    assert all(retry.rest(4, Policy(), CHANCE) <= 16 for _ in range(200))


def test_what_the_authority_asks_for_is_given() -> None:
    assert retry.rest(1, Policy(), CHANCE, retry_after=90) >= 90


def test_what_failed_is_tried_again_slowly() -> None:
    found = [retry.slow(Policy(), CHANCE) for _ in range(200)]
    assert all(1800 <= wait <= 3600 for wait in found)


# --- The token bucket


def sent_in(seconds: float, per_minute: int) -> int:
    """How many leave in that time when as many as possible do."""
    pace, now, sent = retry.Pace(), 1000.0, 0
    while now < 1000 + seconds:
        wait = pace.wait(now, per_minute)
        if wait == 0:
            pace, sent = pace.sent(now, per_minute), sent + 1
        now += wait
    return sent


@pytest.mark.parametrize(("per_minute", "minutes"), [(600, 10), (60, 10), (6, 30), (1, 60)])
def test_the_rate_is_kept_but_for_one_burst(per_minute: int, minutes: int) -> None:
    burst = max(1, per_minute * retry.BURST_SECONDS // 60)
    most = per_minute * minutes + burst
    assert most - 2 <= sent_in(60 * minutes, per_minute) <= most


def test_a_rate_of_nothing_is_no_limit() -> None:
    pace = retry.Pace()
    for _ in range(1000):
        assert pace.wait(1000, 0) == 0
        pace = pace.sent(1000, 0)


@given(st.lists(st.floats(0, 30), max_size=60), st.integers(1, 600))
def test_whoever_waits_as_told_may_send(pauses: list[float], per_minute: int) -> None:
    pace, now = retry.Pace(), 1000.0
    for pause in pauses:
        now += pause
        now += pace.wait(now, per_minute)
        assert pace.wait(now, per_minute) == pytest.approx(0, abs=1e-6)
        pace = pace.sent(now, per_minute)
