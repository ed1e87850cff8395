import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.services.ledger.thread import SealingThread
from app.services.rules.policy import Policy
from app.services.tills.lamps import Sealing, dgi_lamp, fiscal_lamp, sealing_state, state_document
from app.signing.signer import Signer
from app.store.dgi import modules
from app.store.dgi.waiting import OutletState
from app.store.engine import writing
from tests.given.shop_in_process import HOST, Module, opened_engine, opened_shop

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HOUR = 3600
ROOT = Path(__file__).parents[3]
NOWHERE = Module("CD00000001-1", "http://127.0.0.1:9/edef", "none")


def _state(
    waiting: int = 0,
    age: int = 0,
    in_doubt: int = 0,
    failed: int = 0,
    number: str | None = "N1",
    *,
    paused: bool = False,
) -> OutletState:
    oldest = int(NOW.timestamp()) - age if waiting + in_doubt + failed else None
    return OutletState(
        opened=True,
        last_number=number,
        waiting=waiting,
        oldest=oldest,
        in_doubt=in_doubt,
        failed=failed,
        paused=paused,
    )


@pytest.mark.parametrize(
    ("state", "lamp", "say", "age"),
    [
        pytest.param(_state(), "green", "ready", None, id="nothing waits"),
        pytest.param(_state(3, 10), "blue", "sending", "1 min", id="three on their way"),
        pytest.param(_state(3, 59 * 60), "blue", "sending", "59 min", id="for less than an hour"),
        pytest.param(_state(3, 2 * HOUR), "amber", "waiting", "2 h", id="for two hours"),
        pytest.param(_state(50, 10), "blue", "sending", "1 min", id="fifty"),
        pytest.param(_state(51, 10), "amber", "waiting", "1 min", id="more than fifty"),
        pytest.param(_state(0, 10, in_doubt=1), "amber", "check", "1 min", id="one in doubt"),
        pytest.param(_state(0, 10, failed=1), "amber", "check", "1 min", id="one failed"),
        pytest.param(_state(1, 25 * HOUR), "red", "stopped", "25 h", id="for more than a day"),
    ],
)
def test_the_lamp_of_the_dgi_says_how_many_wait_and_since_when(
    state: OutletState, lamp: str, say: str, age: str | None
) -> None:
    shown = dgi_lamp(state, NOW)
    assert (shown.state, shown.say) == (lamp, f"lamp.dgi.{say}")
    count = state.waiting + state.in_doubt + state.failed
    assert shown.filling == ({"count": str(count), "age": age} if age else {})


@pytest.mark.parametrize(
    ("state", "seals", "lamp", "say"),
    [
        pytest.param(_state(), "ready", "green", "ready", id="it seals"),
        pytest.param(_state(number=None), "ready", "green", "first", id="it could seal"),
        pytest.param(_state(9), "ready", "green", "ready", id="the dgi has its own lamp"),
        pytest.param(_state(), "slow", "amber", "slow", id="longer than three seconds"),
        pytest.param(_state(1, 1, in_doubt=2), "ready", "amber", "doubt", id="one in doubt"),
        pytest.param(_state(1, 1, in_doubt=2), "stopped", "red", "stopped", id="cannot seal"),
    ],
)
def test_the_fiscal_lamp_says_whether_invoices_are_sealed(
    state: OutletState, seals: Sealing, lamp: str, say: str
) -> None:
    shown = fiscal_lamp(state, seals)
    assert (shown.state, shown.say) == (lamp, f"lamp.fiscal.{say}")


@pytest.mark.parametrize(
    ("state", "lamp", "say"),
    [
        pytest.param(_state(paused=True), "amber", "paused", id="nothing waits"),
        pytest.param(_state(3, 10, paused=True), "amber", "paused", id="three wait"),
        pytest.param(_state(3, 10, in_doubt=1, paused=True), "amber", "check", id="one in doubt"),
        pytest.param(_state(1, 25 * HOUR, paused=True), "red", "stopped", id="for a day"),
    ],
)
def test_the_lamp_of_the_dgi_says_that_somebody_paused_the_sending(
    state: OutletState, lamp: str, say: str
) -> None:
    shown = dgi_lamp(state, NOW)
    assert (shown.state, shown.say) == (lamp, f"lamp.dgi.{say}")


def test_the_lamp_of_the_dgi_follows_the_rules_of_the_outlet() -> None:
    rules = Policy(amber_minutes=5, red_hours=2, amber_count=3)
    for state, lamp in (
        (_state(3, 4 * 60), "blue"),
        (_state(3, 6 * 60), "amber"),
        (_state(4, 10), "amber"),
        (_state(1, 3 * HOUR), "red"),
    ):
        assert dgi_lamp(state, NOW, rules).state == lamp


def test_a_signer_that_does_not_open_is_a_red_lamp(sqlite_url: str) -> None:
    def fails() -> Signer:
        raise RuntimeError("no such token")

    engine = opened_engine(sqlite_url)
    sealing = SealingThread(engine, fails, HOST)
    sealing.start()
    assert sealing_state(sealing) == "stopped"
    sealing.stop()
    engine.dispose()


def test_a_shop_tells_what_waits_and_since_when(database_url: str) -> None:
    shop = opened_shop(database_url, module=NOWHERE)
    for _ in range(2):
        shop.sell()
    state = state_document(shop.engine, shop.sealing, "KIN01", datetime.now(UTC))
    assert (state["waiting"], state["lost"]) == ("2", [])
    assert [(lamp["name"], lamp["state"]) for lamp in state["lamps"]] == [
        ("fiscal", "green"), ("dgi", "blue"), ("imprimante", "grey"),
    ]  # fmt: skip
    assert state["lamps"][0]["with"] == {"number": "KIN01-1-00000002"}
    asked = datetime.fromisoformat(state["time"]) - datetime.fromisoformat(state["oldest_waiting"])
    assert 0 <= asked.total_seconds() < 60
    shop.end()


def test_a_paused_module_is_an_amber_lamp_of_every_outlet_that_uses_it(database_url: str) -> None:
    shop = opened_shop(database_url, ("KIN01", "KIN02"), module=NOWHERE)
    with writing(shop.engine) as session:
        modules.pause(session, NOWHERE.nim, "M1", "2026-11-22T09:00:00Z")
    for outlet_id in ("KIN01", "KIN02"):
        state = state_document(shop.engine, shop.sealing, outlet_id, NOW)
        assert (state["lamps"][1]["state"], state["lamps"][1]["say"]) == (
            "amber", "lamp.dgi.paused",
        )  # fmt: skip
    shop.end()


def test_an_outlet_without_module_has_no_lamp_of_the_dgi_to_light(database_url: str) -> None:
    shop = opened_shop(database_url)
    shop.sell()
    state = state_document(shop.engine, shop.sealing, "KIN01", NOW)
    assert (state["lamps"][1]["say"], state["waiting"]) == ("lamp.dgi.none", "0")
    assert "oldest_waiting" not in state
    shop.end()


def test_every_lamp_has_its_word_and_its_sentence_in_french() -> None:
    said = set(re.findall(r'"(lamp\.[a-z.]+)"', (ROOT / "app/services/tills/lamps.py").read_text()))
    words = "".join((ROOT / f"web/i18n/{name}.js").read_text() for name in ("fr", "fr-later"))
    assert len(said) >= 13
    for key in said:
        assert f'"{key}":' in words
        assert f'"{key}.more":' in words or f'"{key}.more.other":' in words
