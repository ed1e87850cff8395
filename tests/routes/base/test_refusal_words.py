"""Every refusal has its page and its English; one answer names every member at fault."""

import string
from typing import Final

import pytest

from app.routes.base.problems import MOST_FAULTS
from app.routes.base.refusal_words import RULES, SENTENCES, english, preferred
from tests.given import spoken_refusals
from tests.given.requests import changed, sale_request, without
from tests.given.shop_as_process import RunningShop, new_id
from tests.routes.refused import refused

FRENCH: Final = (
    *("app/services/doubts", "app/services/cases", "app/services/rules", "app/fiscal/portal.py"),
    *("app/routes/manage", "app/routes/till", "app/services/tills"),
)
"""What refuses only on the manager's pages and at the till, which are French."""


def test_every_rule_that_refuses_has_its_words_and_no_other_has() -> None:
    assert set(RULES) == spoken_refusals.rules()
    for words in RULES.values():
        assert set(words) == {"fr", "en"}
        assert all(text.endswith(".") for text in words.values())


def test_every_sentence_that_an_integrator_may_read_is_there_in_english() -> None:
    spoken = spoken_refusals.sentences(outside=FRENCH)
    assert {text: path for text, path in spoken.items() if text not in SENTENCES} == {}
    for french, words in SENTENCES.items():
        assert french.count("{}") == words.count("{}")
        assert len(list(string.Formatter().parse(words))) > 0


def test_what_is_put_into_a_sentence_is_put_into_its_english() -> None:
    assert english("Nom du client : vide, ou un blanc au bord.") == (
        "Client's name: empty, or a blank at an end."
    )
    assert english("Ici il faut un objet.") == "Wanted here: an object."
    assert english("« {x} {} » n'est pas un nombre") == "« {x} {} » n'est pas un nombre"
    assert english("Code inconnu ; les codes admis : {0}.").endswith("accepted: {0}.")


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("", "fr"), ("*", "fr"), ("de", "fr"), ("fr-CD,fr;q=0.9,en;q=0.8", "fr"), ("en", "en"),
        ("en-US,en;q=0.9,fr;q=0.8", "en"), ("EN", "en"), ("en;q=0", "fr"), ("fr;q=0.5, en", "en"),
        ("sw, en;q=0.3", "en"), ("en;q=x", "fr"), ("english", "fr"), ("en,fr", "fr"),
    ],
)  # fmt: skip
def test_english_is_for_who_asks_for_it_before_french(asked: str, language: str) -> None:
    assert preferred(asked) == language


WRONG: Final = without(
    changed(changed(sale_request(), "/items/0/unit_price", "1e3"), "/items/0/name", ""), "/operator"
)


def test_one_answer_names_the_case_and_every_member_at_fault(untouched: RunningShop) -> None:
    answer = untouched.request("PUT", f"/api/v1/invoices/{new_id()}", json=WRONG)
    document = answer.json()
    paths = [fault["path"] for fault in document["errors"]]
    assert sorted(paths) == ["/items/0/name", "/items/0/unit_price", "/operator"]
    assert (document["path"], document["rule"]) == (paths[0], document["errors"][0]["rule"])
    for fault in document["errors"]:
        assert f"{fault['path']} : {fault['detail'].removesuffix('.')}" in document["detail"]
        assert f"({fault['rule']})" in document["detail"]
    assert answer.headers["content-language"] == "fr"


def test_an_integrator_who_asks_for_english_is_told_in_english(untouched: RunningShop) -> None:
    asked = {"Accept-Language": "en-GB,en;q=0.9"}
    answer = untouched.request("PUT", f"/api/v1/invoices/{new_id()}", json=WRONG, headers=asked)
    document = answer.json()
    words = {fault["path"]: fault["detail"] for fault in document["errors"]}
    assert words["/operator"] == "This member is required."
    assert words["/items/0/unit_price"].startswith("“1e3” is not a decimal number")
    assert "/operator: This member is required (format.missing)" in document["detail"]
    assert (answer.headers["content-language"], document["title"]) == (
        "en",
        document["errors"][0]["detail"],
    )
    lost = untouched.request("GET", "/api/v1/nowhere", headers=asked)
    assert lost.json()["title"] == "Nothing stands at this address."


def test_of_very_many_faults_the_first_are_named_and_the_rest_counted(
    untouched: RunningShop,
) -> None:
    request = sale_request(items=[{}] * 30)
    answer = untouched.request("PUT", f"/api/v1/invoices/{new_id()}", json=request)
    document = refused(answer, 400, "format.missing", "/items/0/code")
    assert len(document["errors"]) == MOST_FAULTS
    assert document["detail"].endswith(f"; + {30 * 7 - MOST_FAULTS}.")


def test_the_type_of_every_refusal_leads_to_a_page(shop: RunningShop) -> None:
    everything = shop.get("/regles", key=None)
    assert everything.status_code == 200
    for rule, words in RULES.items():
        assert f'id="{rule}"' in everything.text
        page = shop.get(f"/regles/{rule}", key=None)
        assert page.status_code == 200
        assert words["fr"].partition("«")[0] in page.text
    english_page = shop.get("/regles/rate", key=None, headers={"Accept-Language": "en"})
    assert '<html lang="en">' in english_page.text
    assert RULES["rate"]["en"].partition("“")[0] in english_page.text
    assert shop.get("/regles/nothing", key=None).status_code == 404
