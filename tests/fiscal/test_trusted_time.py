import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fiscal.errors import ClockAhead, ClockBeforeRelease, ClockRollback, SealRefused
from app.fiscal.trusted_time import (
    FIRST_AHEAD_SECONDS,
    MOST_AHEAD_SECONDS,
    SMALL_STEP_SECONDS,
    Reading,
    TrustedTime,
    advance,
    check_plausible,
    start,
)

T = 1_795_000_000
"""Some second of November 2026."""


def started() -> TrustedTime:
    return start(T, Reading(T, 100))


@pytest.mark.parametrize("behind", [0, 1, 5])
def test_a_clock_at_most_5_seconds_behind_the_last_entry_is_held(behind: int) -> None:
    assert start(T, Reading(T - behind, 0)).seconds == T


def test_a_clock_ahead_of_the_last_entry_is_believed_at_the_start() -> None:
    assert start(T, Reading(T + 86_400, 0)).seconds == T + 86_400


def test_a_start_6_seconds_behind_the_last_entry_is_a_rollback() -> None:
    with pytest.raises(ClockRollback) as refusal:
        start(T, Reading(T - 6, 0))
    assert isinstance(refusal.value, SealRefused)
    assert refusal.value.reason == "signer.clock-rollback"


def test_a_clock_that_runs_well_is_followed() -> None:
    tick = advance(started(), Reading(T + 30, 130))
    assert (tick.now.seconds, tick.now.stepped, tick.step) == (T + 30, False, None)


def test_a_clock_set_back_a_little_is_held_until_it_catches_up() -> None:
    held = advance(started(), Reading(T - 4, 101))
    assert (held.now.seconds, held.step) == (T, None)
    caught_up = advance(held.now, Reading(T + 2, 107))
    assert caught_up.now.seconds == T + 2


@pytest.mark.parametrize("step", [60, -60])
def test_a_step_of_60_seconds_is_still_no_event(step: int) -> None:
    tick = advance(started(), Reading(T + 10 + step, 110))
    assert (tick.step, tick.now.stepped) == (None, False)
    assert tick.now.seconds == max(T + 10 + step, T)


@pytest.mark.parametrize("step", [61, -61, 86_400, -86_400])
def test_a_larger_step_is_one_event_and_sealing_goes_on_with_the_time_elapsed(step: int) -> None:
    first = advance(started(), Reading(T + 10 + step, 110))
    assert (first.step, first.now.stepped, first.now.seconds) == (step, True, T + 10)
    second = advance(first.now, Reading(T + 40 + step, 140))
    assert (second.step, second.now.stepped, second.now.seconds) == (None, True, T + 40)


@pytest.mark.parametrize("step", [86_400, -86_400])
def test_a_clock_put_right_is_believed_again(step: int) -> None:
    jumped = advance(started(), Reading(T + 10 + step, 110)).now
    right = advance(jumped, Reading(T + 50, 150))
    assert (right.step, right.now.stepped, right.now.seconds) == (None, False, T + 50)


def test_a_clock_put_right_a_little_behind_does_not_turn_the_trusted_time_back() -> None:
    jumped = advance(started(), Reading(T + 1000, 110)).now
    right = advance(jumped, Reading(T + 5, 111))
    assert (right.now.seconds, right.now.stepped) == (T + 10, False)


def test_a_second_jump_after_recovery_is_a_second_event() -> None:
    jumped = advance(started(), Reading(T + 1000, 110)).now
    right = advance(jumped, Reading(T + 20, 120)).now
    assert advance(right, Reading(T + 2000, 130)).step == 1970


@given(
    st.lists(st.tuples(st.integers(-(10**6), 10**6), st.integers(0, 10**5)), max_size=30),
    st.integers(-5, 10**6),
)
def test_trusted_time_never_goes_back_whatever_the_clock_does(
    readings: list[tuple[int, int]], first: int
) -> None:
    now, monotonic = start(T, Reading(T + first, 0)), 0
    for wall, elapsed in readings:
        monotonic += elapsed
        tick = advance(now, Reading(T + wall, monotonic))
        assert tick.now.seconds >= now.seconds
        assert not tick.now.stepped or tick.now.seconds == now.seconds + elapsed
        now = tick.now


@pytest.mark.parametrize(
    ("wall", "known", "refusal"),
    [
        (99, 0, ClockBeforeRelease),
        (100, 0, None),
        (100 + FIRST_AHEAD_SECONDS, 0, None),
        (101 + FIRST_AHEAD_SECONDS, 0, ClockAhead),
        (1000 - SMALL_STEP_SECONDS, 1000, None),
        (999 - SMALL_STEP_SECONDS, 1000, ClockRollback),
        (1000 + MOST_AHEAD_SECONDS, 1000, None),
        (1001 + MOST_AHEAD_SECONDS, 1000, ClockAhead),
    ],
)
def test_the_clock_of_a_start_is_compared_with_the_release_and_all_that_is_known(
    wall: int, known: int, refusal: type[Exception] | None
) -> None:
    if refusal is None:
        check_plausible(wall, 100, known)
    else:
        with pytest.raises(refusal):
            check_plausible(wall, 100, known)
