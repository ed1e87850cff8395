"""`bono key new`: keys are made by a person, and another key is approved by name."""

import time
from pathlib import Path

from app.signing.signer import Signer
from app.signing.software import open_software_signer
from tests.commands.test_help import bono
from tests.given.anchored import Machine
from tests.given.clocks import HandClock
from tests.given.shop_in_process import unwarned


def test_a_key_is_made_once_lost_and_followed_by_another_that_somebody_approved(
    tmp_path: Path,
) -> None:
    var = tmp_path / "var"
    database = {"BONO_DATABASE_URL": f"sqlite:///{var / 'bono.sqlite3'}"}
    made = bono(var, "key", "new", **database)
    assert made.returncode == 0, made.stderr
    assert "La clé est faite : demo-1, empreinte " in made.stdout
    again = bono(var, "key", "new", **database)
    assert again.stdout.replace("était déjà là", "est faite") == made.stdout

    kid = "demo-1"

    def signer() -> Signer:
        with unwarned():
            return open_software_signer("centre", kid, var / "keys" / f"{kid}.pem")

    machine = Machine(var, signer, HandClock(int(time.time())))
    machine.furnish("KIN01")
    first = machine.start().opened()
    first.shop.sell()
    first.stop()

    (var / "keys" / "demo-1.pem").unlink()
    refused = bono(var, "key", "new", "--by", "Awa", **database)
    assert (refused.returncode, "BONO_KEY" in refused.stderr) == (1, True)
    assert not (var / "keys" / "demo-1.pem").exists()
    unnamed = bono(var, "key", "new", BONO_KEY="demo-2", **database)
    assert (unnamed.returncode, "--by" in unnamed.stderr) == (1, True)
    other = bono(var, "key", "new", "--by", "Awa", BONO_KEY="demo-2", **database)
    assert (other.returncode, "La clé est faite : demo-2" in other.stdout) == (0, True)

    kid = "demo-2"
    after = machine.start()
    assert after.shop.sell().sale.fiscal_number == "KIN01-1-00000002"
    after.stop()
    checked = bono(var, "fsck", **database)
    assert checked.stdout.splitlines()[-1] == "VALIDE"
