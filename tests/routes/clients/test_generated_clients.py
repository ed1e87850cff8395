"""Clients that others' tools generate from our OpenAPI document sell: in Python, in TypeScript."""

import importlib
import json
import shutil
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

import pytest

from tests.given.requests import sale_request
from tests.given.shop_as_process import RunningShop, new_id

ROOT: Final = Path(__file__).parents[3]
TOOLS: Final = ROOT / "web/node_modules"


def run(*command: object, cwd: Path) -> str:
    """What the command printed; it ended well."""
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def document(shop: RunningShop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The document as an integrator downloads it."""
    file = tmp_path_factory.mktemp("openapi") / "bono.json"
    file.write_bytes(shop.get("/schema", key=None).content)
    return file


def test_a_client_generated_in_python_sells(
    shop: RunningShop, document: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = document.parent
    generator = Path(sys.executable).with_name("openapi-python-client")
    monkeypatch.setenv("PATH", str(generator.parent), prepend=":")
    files = dict.fromkeys(("application/zip", "application/jsonl"), "application/octet-stream")
    (folder / "config.json").write_text(json.dumps({"content_type_overrides": files}))
    run(
        generator, "generate", "--path", document, "--config", "config.json", "--meta", "none",
        "--output-path", folder / "bono_client", "--fail-on-warning", cwd=folder,
    )  # fmt: skip
    monkeypatch.syspath_prepend(folder)
    client = importlib.import_module("bono_client").AuthenticatedClient(
        base_url=str(shop.http.base_url), token=shop.card["api_key"]
    )
    issue = importlib.import_module("bono_client.api.invoices.issue_invoice").sync_detailed
    models: Any = importlib.import_module("bono_client.models")

    sold_at = datetime.now(timezone(timedelta(hours=1))).replace(microsecond=250_000)

    def sold(identity: str, **changes: Any) -> Any:
        sale = models.Sale.from_dict(sale_request(**changes))
        sale.timestamp = sold_at
        return issue(identity, client=client, body=sale)

    with client:
        identity = new_id()
        first, again = sold(identity), sold(identity)
        refused = sold(new_id(), payments=[])
    assert (first.status_code, again.status_code) == (201, 200)
    assert isinstance(first.parsed, models.IssuedInvoice)
    assert first.parsed.status == models.SaleStatus.NORMALISED
    assert first.parsed.totals.total == "90000.00"
    kept = first.parsed.invoice.timestamp
    assert (kept, kept.utcoffset()) == (sold_at.replace(microsecond=0), timedelta())
    assert again.parsed.security.seal == first.parsed.security.seal
    assert isinstance(refused.parsed, models.Problem)
    assert (refused.status_code, refused.parsed.rule) == (422, "SFE-1.1.19")
    assert [fault.path for fault in refused.parsed.errors] == ["/payments"]


def test_a_client_generated_in_typescript_sells(shop: RunningShop, document: Path) -> None:
    folder = document.parent / "typescript"
    folder.mkdir()
    (folder / "node_modules").symlink_to(TOOLS)
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    declared = "declare const process: { argv: string[] };\n"
    (folder / "globals.d.ts").write_text(declared, encoding="utf-8")
    shutil.copy(Path(__file__).with_name("sell.ts"), folder)
    run("node", TOOLS / "openapi-typescript/bin/cli.js", document, "-o", "api.d.ts", cwd=folder)
    run(
        "node", TOOLS / "typescript/bin/tsc", "--strict", "--noUncheckedIndexedAccess",
        "--target", "ES2022", "--module", "ES2022", "--moduleResolution", "bundler",
        "--lib", "ES2022,DOM,DOM.Iterable", "--outDir", "built", "globals.d.ts",
        "sell.ts", cwd=folder,
    )  # fmt: skip
    printed = run(
        "node", "built/sell.js", str(shop.http.base_url).rstrip("/"), shop.card["api_key"],
        new_id(), cwd=folder,
    )  # fmt: skip
    said = json.loads(printed)
    assert said["statuses"] == [201, 200]
    assert (said["status"], said["total"], said["same"]) == ("normalised", "90000.00", True)
    assert said["number"].startswith("KIN01-1-")
    assert said["code"]
    assert said["refused"][:2] == ["SFE-1.1.19", "/payments"]
    assert said["refused"][2].startswith("The payments make 0.00")
