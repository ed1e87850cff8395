"""The way of a sale to the server, and what the tablet makes of every answer."""

from __future__ import annotations

import threading
from base64 import b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers

from app.fiscal.seal import unb64
from app.fiscal.verification import verify_signature
from tests.browser import modules_page
from tests.browser.modules_page import (
    CUT,
    DEVICE,
    SALE,
    Answer,
    Asked,
    Core,
    Network,
    page_of_html,
    problem,
    says,
    sealed,
    ticket,
)
from tests.given.requests import example_request

UI = {"panel": "catalogue", "view": "articles", "field": "recherche"}
FOLLOW = "globalThis.told = []; news.listen((one) => told.push(one.state ?? one.type));"


def test_a_sale_is_sent_as_it_was_stored_and_signed_so_that_the_server_believes_it(
    core: Core, net: Network
) -> None:
    net.answer = lambda asked: says(DEVICE) if asked.method == "POST" else sealed(asked)
    core.run("await device.enrol('secret')")
    (enrolment,) = net.sent("POST", "/caisse/enroler/secret")
    row = core.sell(1)
    assert core.flush() == {"left": 0, "wake": None, "stopped": ""}
    (put,) = net.sent("PUT", "/api/")
    assert put.document == example_request()
    assert put.headers["bono-device-seq"] == str(row["device_seq"])
    told = put.headers["content-digest"].removeprefix("sha-256=:").removesuffix(":")
    assert b64decode(told) == modules_page.content_digest(put.body)
    key = enrolment.document["key"]
    x, y = (int.from_bytes(unb64(key[name]), "big") for name in "xy")
    public = EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    verify_signature(public, put.signature, put.signed)


def test_a_key_is_made_once_and_cannot_be_exported(core: Core, net: Network) -> None:
    net.answer = lambda _asked: says(DEVICE)
    core.run("await device.enrol('one'); await device.enrol()")
    first, second = net.sent("POST", "/caisse/enroler")
    assert (first.document, second.path) == (second.document, "/caisse/enroler")
    assert set(first.document["key"]) == {"kty", "crv", "x", "y"}
    exported = core.run(
        """
        const { pair, mac } = await device.deviceKeys();
        const out = (key) => crypto.subtle.exportKey("jwk", key).catch((error) => error.name);
        return [await out(pair.privateKey), await out(mac)];
        """
    )
    assert exported == ["InvalidAccessError", "InvalidAccessError"]


def test_an_enrolment_that_is_refused_says_so(core: Core, net: Network) -> None:
    net.answer = lambda _asked: problem(404, "enrol.link")
    said = core.run("return device.enrol('old').catch(({ rule, title }) => [rule, title])")
    assert said == ["enrol.link", "Non."]


def test_an_answer_is_kept_byte_by_byte_and_the_sale_has_left(core: Core, net: Network) -> None:
    given = []

    def answer(asked: Asked) -> Answer:
        given.append(sealed(asked, extra="é\u202f"))
        return given[-1]

    net.answer = answer
    core.sell(1)
    core.flush()
    kept = core.run("return sealed.sealedOf(arg)", SALE.format(1))
    assert kept["answer"].encode() == given[0].body
    assert (kept["status"], kept["final"], kept["fiscal_code"]) == (
        "normalised",
        True,
        "KIN01-1-00000001",
    )
    assert core.rows() == []
    assert core.journal() == ["committed", "acked"]
    found = core.run("return sealed.sealedByNumber('KIN01-1-00000001')")
    assert found["sale_id"] == SALE.format(1)


UNKNOWN = {
    "a captive portal's page": page_of_html(200),
    "a captive portal's refusal": page_of_html(403),
    "a captive portal's redirect": page_of_html(302, Location="/"),
    "an error of a proxy": page_of_html(502),
    "a failing server": problem(503, "signer.unavailable"),
    "a busy server": problem(429, "rate"),
    "a missing address": problem(404, "sale.unknown"),
    "a lost connection": CUT,
    "an empty answer": Answer(200, b"", {"Content-Type": "application/json"}),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_an_answer_that_is_not_ours_leaves_the_sale_ready_with_the_same_bytes(
    core: Core, net: Network, what: str
) -> None:
    net.answer = lambda _asked: UNKNOWN[what]
    core.sell(1)
    assert core.flush()["left"] == 1
    (row,) = core.rows()
    assert (row["state"], row["attempts"]) == ("ready", 1)
    net.answer = lambda asked: sealed(asked, 200)
    assert core.at_once()["left"] == 0
    assert len({asked.body for asked in net.sent("PUT", "/api/")}) == 1
    assert core.journal() == ["committed", "acked"]


def test_an_answer_about_other_bytes_settles_nothing(core: Core, net: Network) -> None:
    for wrong in ({"request_hash": "0" * 64}, {"sale_id": SALE.format(9)}, {"status": "?"}):
        net.answer = lambda asked, wrong=wrong: sealed(asked, 200, **wrong)  # type: ignore[misc]
        if not core.rows():
            core.sell(1)
        assert core.at_once()["left"] == 1
        assert core.rows()[0]["last_error"] == "mismatch"
    assert core.run("return sealed.recent(5)") == []


def test_retry_after_is_obeyed(core: Core, net: Network) -> None:
    net.answer = lambda _asked: says({}, 503, Retry_After="300")
    core.sell(1)
    assert 299_000 < core.flush()["wake"] <= 300_000
    core.flush()
    assert len(net.sent("PUT", "/api/")) == 1


def test_a_lost_connection_stops_the_pass_and_a_probe_that_succeeds_wakes_it(
    core: Core, net: Network
) -> None:
    net.answer = lambda _asked: CUT
    core.sell(1)
    flushed = core.flush()
    assert flushed["stopped"] == "unreachable"
    assert 0 <= flushed["wake"] <= 1000
    net.answer = sealed
    core.run("await outbox.wakeRows()")
    assert core.flush()["left"] == 0


def test_poison_moves_aside_and_holds_nobody_up(core: Core, net: Network) -> None:
    net.answer = lambda asked: (
        problem(422, "total.expected") if asked.path.endswith("01") else sealed(asked)
    )
    core.sell(1)
    core.sell(2)
    assert core.flush() == {"left": 1, "wake": None, "stopped": ""}
    (row,) = core.rows()
    assert (row["state"], row["problem"]["rule"]) == ("poison", "total.expected")
    core.at_once()
    assert len(net.sent("PUT", "/api/")) == 2


def test_poison_taken_back_is_the_open_ticket_unpaid_under_its_own_id(
    core: Core, net: Network
) -> None:
    net.answer = lambda _asked: problem(400, "format.text")
    core.sell(1)
    core.flush()
    core.run("await carts.keepCart(...arg)", [ticket(2), UI])
    taken = core.run("return outbox.takeBack(arg)", SALE.format(1))
    assert taken == ticket(1) | {"payments": []}
    assert core.rows() == []
    assert core.run("return carts.openCart()")["ticket"] == taken
    assert [one["sale_id"] for one in core.run("return carts.parkedCarts()")] == [SALE.format(2)]
    assert core.journal() == ["committed", "opened", "corrected"]
    net.answer = sealed
    core.sell(1)
    assert core.flush()["left"] == 0


def test_poison_given_up_leaves_who_approved_and_why(core: Core, net: Network) -> None:
    net.answer = lambda _asked: problem(413, "format.size")
    core.sell(1)
    core.sell(2)
    core.flush()
    core.run("await outbox.abandonPoison(arg, 'saisie double', 'M1')", SALE.format(1))
    assert [row["sale_id"] for row in core.rows()] == [SALE.format(2)]
    assert core.run("return database.get('journal', 3)")["reason"] == "M1: saisie double"


def test_a_sale_that_is_not_poison_is_neither_taken_back_nor_given_up(core: Core) -> None:
    core.sell(1)
    core.run("await outbox.abandonPoison(arg, 'x', 'M1')", SALE.format(1))
    said = core.run("return outbox.takeBack(arg).catch(() => 'no')", SALE.format(1))
    assert (said, len(core.rows())) == ("no", 1)


@pytest.mark.parametrize(("status", "rule"), [(401, "auth.device"), (403, "auth.replaced")])
def test_a_tablet_that_is_not_known_any_more_stops_and_keeps_every_sale(
    core: Core, net: Network, status: int, rule: str
) -> None:
    net.answer = lambda _asked: problem(status, rule)
    for number in range(1, 8):
        core.sell(number)
    core.run(FOLLOW)
    assert core.flush()["stopped"] == "enrol"
    assert [row["state"] for row in core.rows()] == ["ready"] * 7
    assert len(net.sent("PUT", "/api/")) < 7
    core.page.wait_for_function("told.includes('locked')")
    net.answer = sealed
    assert core.at_once()["left"] == 0


def test_a_held_sale_stays_on_the_tablet_too_and_is_asked_about_again(
    core: Core, net: Network
) -> None:
    net.answer = lambda asked: says({"sale_id": asked.path[-36:], "status": "held"}, 202)
    core.sell(1)
    assert core.flush()["stopped"] == "enrol"
    assert [row["state"] for row in core.rows()] == ["held"]
    net.answer = sealed
    assert core.at_once()["left"] == 0


def test_a_sealed_sale_that_waits_has_left_and_is_only_asked_about(
    core: Core, net: Network
) -> None:
    row = core.sell(1)
    net.answer = lambda asked: sealed(asked, 202, "sealed")
    flushed = core.flush()
    assert (flushed["left"], flushed["wake"] is None) == (0, False)
    (waiting,) = core.run("return sealed.waitingRows()")
    assert (waiting["status"], waiting["final"]) == ("sealed", False)
    same = {"request_hash": row["content_hash"]}
    net.answer = lambda asked: sealed(asked, 202, "in_doubt", **same)
    core.at_once()
    assert core.run("return sealed.sealedOf(arg)", row["sale_id"])["status"] == "in_doubt"
    net.answer = lambda asked: sealed(asked, 200, **same)
    core.at_once()
    last = core.run("return sealed.sealedOf(arg)", row["sale_id"])
    assert (last["status"], last["final"]) == ("normalised", True)
    assert core.run("return sealed.waitingRows()") == []
    assert [one.method for one in net.asked] == ["PUT", "GET", "GET"]
    assert core.journal() == ["committed", "acked"]


def test_an_original_that_was_printed_stays_printed_when_a_later_answer_comes(
    core: Core, net: Network
) -> None:
    row = core.sell(1)
    net.answer = lambda asked: sealed(asked, 202, "sealed")
    core.flush()
    core.run("await sealed.printed(arg)", row["sale_id"])
    net.answer = lambda asked: sealed(asked, 200, request_hash=row["content_hash"])
    core.at_once()
    assert core.run("return sealed.sealedOf(arg)", row["sale_id"])["printed"] == "sent"


def test_a_sale_waits_for_the_one_it_depends_on_and_no_other_does(core: Core, net: Network) -> None:
    net.answer = lambda asked: CUT if asked.path.endswith("01") else sealed(asked)
    core.sell(1)
    core.sell(2, depends_on=[SALE.format(1)])
    core.flush()
    assert [row["sale_id"] for row in core.rows()] == [SALE.format(1), SALE.format(2)]
    assert not net.sent("PUT", f"/api/v1/invoices/{SALE.format(2)}")
    net.answer = sealed
    assert core.at_once()["left"] == 0  # both in one pass
    assert [asked.path[-2:] for asked in net.asked[-2:]] == ["01", "02"]


def test_a_sale_made_while_another_is_slow_does_not_wait_for_it(core: Core, net: Network) -> None:
    gate = threading.Event()

    def answer(asked: Asked) -> Answer:
        if asked.path.endswith("01"):
            gate.wait(20)
        return sealed(asked)

    net.answer = answer
    core.sell(1)
    core.run("globalThis.flushed = sending.flush(); flushed.catch(() => {});")
    try:
        core.sell(2)
        core.run(
            "while (!(await sealed.sealedOf(arg))) await new Promise((r) => setTimeout(r, 20))",
            SALE.format(2),
        )
        assert [row["sale_id"] for row in core.rows()] == [SALE.format(1)]
    finally:
        gate.set()
    assert core.run("return flushed")["left"] == 0


def test_two_pages_that_flush_together_send_each_sale_once(core: Core, net: Network) -> None:
    for number in range(1, 9):
        core.sell(number)
    other = core.another()
    for page in (core, other):
        page.run("globalThis.flushed = sending.flush(); flushed.catch(() => {});")
    assert [page.run("return flushed")["left"] for page in (core, other)] == [0, 0]
    assert len(net.sent("PUT", "/api/")) == 8


def test_news_while_one_sale_meets_nobody_and_another_is_slow_does_not_stop_the_page(
    core: Core, net: Network
) -> None:
    gate = threading.Event()
    first = SALE.format(1)

    def answer(asked: Asked) -> Answer:
        if asked.path.endswith(first):
            return CUT
        gate.wait(20)
        return sealed(asked)

    net.answer = answer
    core.sell(1)
    core.sell(2)
    core.run(FOLLOW + "globalThis.flushed = sending.flush(); flushed.catch(() => {});")
    try:
        core.page.wait_for_function("told.includes('checking')")
        core.run("news.announce({ type: 'sales-changed' }); sending.flush()")
        core.page.wait_for_function("told.includes('sales-changed')")
    finally:
        gate.set()
    assert core.run("return flushed")["left"] == 1


def test_after_eight_seconds_the_cashier_reads_that_it_is_being_verified(
    core: Core, net: Network
) -> None:
    gate = threading.Event()
    net.answer = lambda asked: (gate.wait(20), sealed(asked))[1]
    core.sell(1)
    core.page.clock.install(time=0)
    core.page.clock.pause_at(60_000)  # from here on time stands still but for what the test says
    core.run(FOLLOW + "globalThis.flushed = sending.flush(); flushed.catch(() => {});")
    try:
        core.page.wait_for_function("told.includes('sending')")
        core.page.clock.run_for(7900)
        assert "checking" not in core.page.evaluate("told")
        core.page.clock.run_for(200)
        core.page.wait_for_function("told.includes('checking')")
    finally:
        gate.set()
    core.run("await flushed")
    core.page.wait_for_function("told.at(-1) === 'normalised'")


def test_a_page_that_sends_needs_nobody_to_ask_it(core: Core, net: Network) -> None:
    net.answer = lambda _asked: CUT
    core.sell(1)
    core.run(FOLLOW + "sending.sending()")
    core.page.wait_for_function("told.includes('checking')")
    net.answer = lambda asked: (
        says({"status": "ok", "time": "2026-11-22T10:15:30Z"})
        if asked.path == "/healthz"
        else sealed(asked)
    )
    core.run("await link.probeNow()")
    core.page.wait_for_function("told.includes('normalised')")
    core.sell(2)
    core.page.wait_for_function("told.filter((one) => one === 'normalised').length === 2")
