"""What an outlet may sell while something cannot be reached, since when and until when."""

from datetime import timedelta
from typing import Final

import pytest

from app.services.watch.mode import mode_in_force
from app.store.dgi import modules as module_rows
from app.store.engine import reading, writing
from app.store.tables.dgi import queued_from
from app.store.tables.outlets import OfflinePolicy, Outlet
from tests.given.probed_outlet import NOW, Post
from tests.given.shop_in_process import opened_shop

MINUTE: Final = timedelta(minutes=1)


def test_an_outlet_that_reaches_everything_sells_normally(post: Post) -> None:
    post.probe()
    mode = post.mode()
    assert (mode.name, mode.may_sell, mode.deadline) == ("normal", True, None)
    assert (mode.since, mode.parts["dgi"]) == ("2030-11-22T10:00:00Z", "up")


def test_while_the_dgi_is_silent_sales_wait_until_the_deadline(post: Post) -> None:
    post.shop.sell()
    post.deliveries(queued=queued_from(int(NOW.timestamp())))
    post.module(failures=1)
    post.probe(NOW + MINUTE)
    mode = post.mode(NOW + 2 * MINUTE)
    assert (mode.name, mode.may_sell) == ("waiting", True)
    assert (mode.since, mode.deadline) == ("2030-11-22T10:01:00Z", "2030-11-24T10:00:00Z")
    assert "elles partiront" in mode.words


def test_after_the_last_hour_new_sales_are_blocked(post: Post) -> None:
    post.shop.sell()
    post.deliveries(queued=queued_from(int(NOW.timestamp())))
    assert post.mode(NOW + timedelta(hours=47, minutes=59)).may_sell
    mode = post.mode(NOW + timedelta(hours=50))
    assert (mode.name, mode.may_sell) == ("blocked", False)
    assert (mode.since, mode.deadline) == ("2030-11-24T10:00:00Z",) * 2


def test_a_pause_is_a_mode_with_its_beginning(post: Post) -> None:
    post.probe()
    with writing(post.shop.engine) as session:
        module_rows.pause(session, post.dgi.module.nim, "M1", "2030-11-22T09:30:00Z")
    mode = post.mode()
    assert (mode.name, mode.since, mode.may_sell) == ("paused", "2030-11-22T09:30:00Z", True)


@pytest.mark.parametrize(
    ("policy", "approval", "name", "sells"),
    [
        ("bloquer", None, "unsealed", False),
        ("provisoire", None, "unsealed", False),
        ("provisoire", "DGI/2026/17", "provisional", True),
    ],
)
def test_without_a_signer_only_an_approved_outlet_sells(
    post: Post, policy: OfflinePolicy, approval: str | None, name: str, *, sells: bool
) -> None:
    with writing(post.shop.engine) as session:
        outlet = session.get_one(Outlet, "KIN01")
        outlet.offline_policy, outlet.provisional_approval = policy, approval
    post.signer.gone = True
    post.probe()
    mode = post.mode()
    assert (mode.name, mode.may_sell, mode.since) == (name, sells, "2030-11-22T10:00:00Z")
    assert mode.title
    assert mode.words


def test_an_outlet_without_module_seals_and_nobody_measured_is_no_mode(
    database_url: str,
) -> None:
    shop = opened_shop(database_url)
    with reading(shop.engine) as session:
        mode = mode_in_force(session, "KIN01", NOW)
    assert (mode.name, mode.may_sell, mode.since, mode.parts) == ("sealed", True, None, {})
    shop.end()
