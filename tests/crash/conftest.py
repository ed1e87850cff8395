"""The authority, which survives every crash of ours."""

from collections.abc import Iterator

import pytest

from tests.given.simulated_dgi import SimulatedDgi, authority


@pytest.fixture
def dgi() -> Iterator[SimulatedDgi]:
    """An authority of the test's own, with one e-MCF."""
    with authority() as dgi:
        yield dgi
