"""One simulated authority per test process, and a fresh e-MCF of it per test."""

from collections.abc import Iterator

import pytest

from tests.services import authorities
from tests.services.authorities import Authority


@pytest.fixture(scope="session")
def _authority() -> Iterator[Authority]:
    with authorities.authority() as authority:
        yield authority


@pytest.fixture
def dgi(_authority: Authority) -> Iterator[Authority]:
    """The authority, with a token that nobody used before."""
    own = Authority(
        _authority.address,
        _authority.clock,
        _authority.web,
        authorities.new_module(_authority.address),
    )
    yield own
    own.break_with()
    own.clock.ahead *= 0
