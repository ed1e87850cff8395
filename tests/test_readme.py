"""The README says what is true: its examples run, its tables are complete."""

import json
import re
import subprocess
import sys
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from app.settings import Settings
from tests.harness.processes import Commands

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_of_the_api_sells(run_bono: Commands, tmp_path: Path) -> None:
    demo = run_bono("demo", env={"BONO_VAR": str(tmp_path / "shop")})
    demo.wait_for_text("Codes des caissiers")
    card = json.loads((tmp_path / "shop" / "demo.json").read_text(encoding="utf-8"))
    path = re.search(r"8000(/api/v1/invoices/[0-9a-f-]+)", README)
    body = re.search(r"-d '(\{.*?\})'\n", README, re.DOTALL)
    assert path
    assert body
    sold_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    answer = httpx.put(
        demo.url + path[1],
        content=body[1].replace("'$AT'", sold_at).encode(),
        headers={
            "Authorization": f"Bearer {card['api_key']}",
            "Content-Type": "application/json",
        },
        timeout=30,
    )
    assert answer.status_code == 201
    assert answer.json()["status"] == "normalised"


def test_every_command_stands_in_the_readme() -> None:
    command = [sys.executable, "-m", "app", "--help"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    commands = re.findall(r"^    ([a-z-]+) ", printed, re.MULTILINE)
    assert commands
    for name in commands:
        assert f"`bono {name}" in README, name


@pytest.mark.parametrize("name", [field.name for field in fields(Settings)])
def test_every_setting_stands_in_the_readme(name: str) -> None:
    ending = name.upper().removeprefix("PKCS11")
    assert f"BONO_{name.upper()}`" in README or f"`{ending}`" in README


def test_the_picture_of_the_readme_exists() -> None:
    for picture in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README):
        assert (ROOT / picture).is_file(), picture
