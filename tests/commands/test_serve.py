"""`bono serve` in the role of a centre: PostgreSQL, an HSM, an e-MCF, and nothing of the demo."""

import hashlib
import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx
import psycopg
import pytest

from app.access import OPERATIONS
from app.store import outlets
from app.store.dgi import modules
from app.store.engine import migrate, open_engine, writing
from app.store.people import people
from app.store.tables.dgi import ControlModuleRow
from app.store.tables.outlets import ApiKey, Merchant, Outlet
from app.store.tables.tills import Terminal
from app.store.tills import terminals
from tests.commands.test_help import bono
from tests.given.requests import NIF, NIM, OUTLET, sale_request
from tests.given.sellers import marie
from tests.given.shop_as_process import SENT_AT, new_id
from tests.harness.processes import Commands

if TYPE_CHECKING:
    from tests.harness.softhsm import HsmToken

KEY: Final = "bono_centre"


def furnish(database: str, emcf_url: str, emcf_token: str) -> None:
    """A merchant with one outlet, its control module, its till and an API key."""
    engine = open_engine(database)
    migrate(engine)
    with writing(engine) as session:
        outlets.put(session, Merchant(nif=NIF, name="Centre SARL"))
        module = ControlModuleRow(nim=NIM, nif=NIF, url=emcf_url, token=emcf_token)
        modules.put_module(session, module)
        outlet = Outlet(
            outlet_id=OUTLET,
            merchant_nif=NIF,
            name="Centre",
            address="1 av. du Centre, Kinshasa",
            contact="+243 000 000 003",
            regime="Régime réel",
            isf="TEST_SFE",
            zone="Africa/Kinshasa",
            control_module=NIM,
        )
        outlets.put(session, outlet)
        terminal = Terminal(outlet_id=OUTLET, terminal_id="T1", name="Caisse 1")
        terminals.put_terminal(session, terminal)
        people.put_people(session, marie(OUTLET))
        key = ApiKey(
            key_hash=hashlib.sha256(KEY.encode()).hexdigest(),
            key_id="centre",
            outlet_id=OUTLET,
            operations=" ".join(OPERATIONS),
        )
        outlets.put(session, key)
    engine.dispose()


@pytest.fixture
def centre(
    postgresql_url: str, hsm_token: "HsmToken", run_bono: Commands, tmp_path: Path
) -> dict[str, str]:
    """The environment of a furnished centre, its e-MCF running."""
    emcf = run_bono("emcf-simulator", "--port", "0", ready='"token"')
    line = next(text for text in emcf.output().splitlines() if text.startswith("{"))
    address = json.loads(line)
    furnish(postgresql_url, address["url"], address["token"])
    environment = {
        "BONO_ROLE": "centre",
        "BONO_DATABASE_URL": postgresql_url,
        "BONO_PKCS11_MODULE": hsm_token.module,
        "BONO_PKCS11_TOKEN": hsm_token.label,
        "BONO_PKCS11_PIN": hsm_token.pin,
        "BONO_VERIFY_HOST": "bono.example",
    }
    made = bono(tmp_path / "var", "key", "new", **environment)
    assert (made.returncode, "La clé est faite : hsm-1" in made.stdout) == (0, True), made.stderr
    return environment


def test_a_centre_sells_through_its_hsm_on_postgresql(
    centre: dict[str, str], run_bono: Commands, tmp_path: Path
) -> None:
    run_bono.fresh = True  # the server as a centre starts it
    serving = run_bono("serve", env=centre, ready="/readyz")
    sale_id = new_id()
    with httpx.Client(
        base_url=serving.url, headers={"Authorization": f"Bearer {KEY}"}, timeout=30
    ) as client:
        sold = client.put(f"/api/v1/invoices/{sale_id}", json=sale_request(timestamp=SENT_AT))
        assert sold.status_code == 201, sold.text
        again = client.put(f"/api/v1/invoices/{sale_id}", json=sale_request(timestamp=SENT_AT))
        assert (again.status_code, again.content) == (200, sold.content)
        document = sold.json()
        assert document["status"] == "normalised"
        assert document["security"]["authority_id"] == "centre"
        assert document["security"]["qr_payload"].startswith("https://bono.example/v#")
        (key,) = client.get("/.well-known/jwks.json").json()["keys"]
        assert key["kid"] == "hsm-1"
        keys = tmp_path / "jwks.json"
        keys.write_text(json.dumps({"keys": [key]}))
    assert not (tmp_path / "var" / "keys").exists()  # no key lies in a file
    output = tmp_path / "audit.zip"
    exported = bono(
        tmp_path / "var", "export", "--outlet", OUTLET, "--output", str(output), **centre
    )
    assert exported.returncode == 0, exported.stderr
    verified = bono(tmp_path / "var", "verify", str(output), "--keys", str(keys))
    assert (verified.returncode, verified.stderr) == (0, "")
    checked = bono(tmp_path / "var", "fsck", **centre)
    assert (checked.returncode, checked.stdout.splitlines()[-1]) == (0, "VALIDE")
    assert serving.stop() == 0


def test_fsck_finds_an_altered_row_of_postgresql(
    centre: dict[str, str], run_bono: Commands, tmp_path: Path
) -> None:
    serving = run_bono("serve", env=centre, ready="/readyz")
    headers = {"Authorization": f"Bearer {KEY}"}
    address = f"{serving.url}/api/v1/invoices/{new_id()}"
    assert (
        httpx.put(
            address, json=sale_request(timestamp=SENT_AT), headers=headers, timeout=60
        ).status_code
        == 201
    )
    plain = centre["BONO_DATABASE_URL"].replace("+psycopg", "")
    with closing(psycopg.connect(plain, autocommit=True)) as connection:
        with pytest.raises(psycopg.DatabaseError):
            connection.execute("UPDATE ledger SET body = 'x' WHERE kind = 'invoice'")
        connection.execute("ALTER TABLE ledger DISABLE TRIGGER ALL")
        connection.execute("UPDATE ledger SET body = body || ' ' WHERE kind = 'invoice'")
    checked = bono(tmp_path / "var", "fsck", **centre)
    assert checked.returncode == 1
    assert "INVALIDE — étape 2" in checked.stdout


def test_a_centre_whose_hsm_is_away_serves_reads_and_refuses_sales_with_the_reason(
    centre: dict[str, str], run_bono: Commands
) -> None:
    away = centre | {"BONO_PKCS11_TOKEN": "another"}
    serving = run_bono("serve", env=away)
    with httpx.Client(
        base_url=serving.url, headers={"Authorization": f"Bearer {KEY}"}, timeout=60
    ) as client:
        assert client.get("/readyz").status_code == 503
        assert client.get("/api/v1/invoices").json() == {"items": []}
        refused = client.put(f"/api/v1/invoices/{new_id()}", json=sale_request(timestamp=SENT_AT))
        assert (refused.status_code, refused.json()["rule"]) == (503, "signer.busy")
        assert refused.headers["retry-after"] == "1"


def test_an_export_without_its_hsm_ends_with_a_sentence(
    centre: dict[str, str], tmp_path: Path
) -> None:
    away = centre | {"BONO_PKCS11_TOKEN": "another"}
    ended = bono(
        tmp_path, "export", "--outlet", OUTLET, "--output", str(tmp_path / "a.zip"), **away
    )
    assert ended.returncode in {1, 2}
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "a.zip").exists()


def test_tokens_of_control_modules_are_rows(centre: dict[str, str]) -> None:
    engine = open_engine(centre["BONO_DATABASE_URL"])
    with writing(engine) as session:
        assert [module.nim for module in modules.modules(session)] == [NIM]
    engine.dispose()
