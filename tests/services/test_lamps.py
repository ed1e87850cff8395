from datetime import UTC, datetime

import pytest

from app.services.lamps import dgi_lamp
from app.store.lamps import OutletState

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HOUR = 3600


def _state(waiting: int = 0, age: int = 0, in_doubt: int = 0, failed: int = 0) -> OutletState:
    oldest = (int(NOW.timestamp()) - age) * 1_000_000 if waiting + in_doubt + failed else None
    return OutletState(
        opened=True,
        last_number="KIN01-1-00000001",
        waiting=waiting,
        oldest=oldest,
        in_doubt=in_doubt,
        failed=failed,
    )


@pytest.mark.parametrize(
    ("state", "lamp", "word"),
    [
        pytest.param(_state(), "green", "Prêt", id="nothing waits"),
        pytest.param(_state(3, 10), "blue", "Envoi", id="three on their way"),
        pytest.param(_state(3, 2 * HOUR), "amber", "en attente, 2 h", id="for two hours"),
        pytest.param(_state(51, 10), "amber", "en attente, moins d’une minute", id="too many"),
        pytest.param(_state(0, 10, in_doubt=1), "amber", "À vérifier", id="one in doubt"),
        pytest.param(_state(0, 10, failed=1), "amber", "À vérifier", id="one failed"),
        pytest.param(_state(1, 25 * HOUR), "red", "Arrêt, 25 h", id="for more than a day"),
    ],
)
def test_the_lamp_of_the_dgi_says_how_many_wait_and_since_when(
    state: OutletState, lamp: str, word: str
) -> None:
    shown = dgi_lamp(state, NOW)
    assert (shown.state, shown.word) == (lamp, word)
    assert ("Rien n’est perdu." in shown.more) == (lamp != "green")
