"""When to try again: pure arithmetic over the policy; the time and chance come in."""

import random
from dataclasses import dataclass

from app.services.rules.policy import Policy

LONGEST_PAUSE = 600
"""Seconds: a circuit breaker never rests longer, so that the end of an outage is seen."""

BURST_SECONDS = 10
"""A module that was idle may send so many seconds' worth of its rate at once."""

SHORTEST = 0.001
"""Seconds: what is shorter is no wait."""

_MOST_DOUBLINGS = 40


def backoff(tries: int, policy: Policy, chance: random.Random) -> float:
    """Seconds to wait after so many tries in vain (from 1).

    Exponential with full jitter: anywhere between zero and a bound that doubles, so that outlets
    whose tries failed together do not come back together.
    """
    return full_jitter(tries, policy.retry_base_seconds, policy.retry_max_seconds, chance)


def full_jitter(tries: int, first: int, longest: int, chance: random.Random) -> float:
    """Anywhere between zero and a bound that begins at `first` and doubles up to `longest`."""
    return chance.uniform(0, min(first * 2 ** min(tries - 1, _MOST_DOUBLINGS), longest))


def rest(
    failures: int, policy: Policy, chance: random.Random, retry_after: int | None = None
) -> float:
    """Seconds for which a module is left alone after so many silences in a row (from 1).

    From `breaker_failures` on the circuit is open: the pause doubles up to ten minutes, and the
    one invoice that is sent after it is the probe. A `Retry-After` is honoured on top.
    """
    wait = backoff(failures, policy, chance)
    over = failures - policy.breaker_failures
    if over >= 0:
        pause = policy.breaker_seconds * 2 ** min(over, _MOST_DOUBLINGS)
        pause = min(pause, LONGEST_PAUSE)
        wait = max(wait, chance.uniform(pause / 2, pause))
    return max(wait, retry_after or 0)


def slow(policy: Policy, chance: random.Random) -> float:
    """Seconds until an invoice in *failed* is tried again: slowly, never never."""
    return chance.uniform(policy.slow_retry_seconds / 2, policy.slow_retry_seconds)


@dataclass(frozen=True, slots=True)
class Pace:
    """A token bucket as one number: the moment at which it is full again.

    Times are seconds of any one clock.
    """

    full_at: float = 0

    def wait(self, seconds: float, per_minute: int) -> float:
        """Seconds until one more may be sent; 0: now. A rate of 0 is no limit."""
        if per_minute == 0:
            return 0
        spacing = 60 / per_minute
        wait = self.full_at - seconds - max(BURST_SECONDS - spacing, 0.0)
        return wait if wait > SHORTEST else 0

    def sent(self, seconds: float, per_minute: int) -> "Pace":
        """The bucket after one was sent."""
        if per_minute == 0:
            return self
        return Pace(max(self.full_at, seconds) + 60 / per_minute)
