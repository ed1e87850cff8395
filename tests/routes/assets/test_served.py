"""Assets at addresses that name their content, the till's shell, and what its worker keeps."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import brotli
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from app import server
from app.routes.assets.graph import (
    ADDRESS,
    HASH_DIGITS,
    AssetMissing,
    Assets,
    ImportCycle,
    minify,
)
from app.settings import InvalidSetting, Settings, read_settings
from app.wiring import assemble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*inferred style"),  # of the API's handlers
    pytest.mark.filterwarnings("ignore::app.signing.software.InsecureSignerWarning"),
]

WEB = server.WEB
TESTS = Path(__file__).parents[2]
WORKER_BYTES, SWITCH_BYTES = 4 * 1024, 2 * 1024
"""Budgets, as they travel."""

Site = TestClient[Litestar]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The application over an empty store."""
    settings = Settings(var=tmp_path_factory.mktemp("site"))
    with TestClient(server.create_app(assemble(settings))) as client:
        yield client


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Callable[..., Assets]]:
    """Writes modules below a `web/` of the test's own: `files(a='import "./b.js";', b="")`."""

    def write(**modules: str) -> Assets:
        folder = tmp_path / "web/static/js"
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in modules.items():
            (folder / f"{name}.js").write_text(text)
        return Assets(tmp_path / "web")

    yield write
    shutil.rmtree(tmp_path)


@pytest.fixture
def own_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Site]:
    """An application over files that the test may change: `own_site(worker=False)`."""
    shutil.copytree(WEB, tmp_path / "web", ignore=shutil.ignore_patterns("node_modules"))
    monkeypatch.setattr(server, "WEB", tmp_path / "web")

    def made(*, worker: bool = True) -> Site:
        parts = assemble(Settings(var=tmp_path, service_worker=worker))
        return TestClient(server.create_app(parts), raise_server_exceptions=False)

    return made


def _precached(worker: str) -> list[str]:
    found = re.search(r"const PRECACHE = (\[.*?\]);", worker)
    assert found
    addresses: list[str] = json.loads(found[1])
    return addresses


# --- Addresses


def test_every_asset_is_served_at_its_address_for_ever(site: Site) -> None:
    assets = Assets(WEB)
    assert {"js/till/till.js", "css/base.css", "i18n/fr.js", "icons/bono.svg"} <= set(assets.names)
    for name in assets.names:
        answer = site.get(assets.address(name))
        assert answer.status_code == 200, name
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        digest = hashlib.sha256(answer.content).hexdigest()
        assert f".{digest[:HASH_DIGITS]}." in assets.address(name)


@pytest.mark.parametrize(
    "path",
    [
        "/a/css/base.css", "/a/css/base.0123456789abcdef.css", "/a/js/nowhere.0123456789abcdef.js",
        "/a/../web/package.0123456789abcdef.json", "/a/%2e%2e/%2e%2e/pyproject.toml", "/a/", "/a",
        "/a/css/%00", "/static/css/base.css",
    ],
)  # fmt: skip
def test_no_other_address_is_an_asset(site: Site, path: str) -> None:
    assert site.get(path).status_code == 404


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("", None)],
)
def test_an_asset_travels_in_the_coding_that_the_browser_takes(
    site: Site, accepted: str, coding: str | None
) -> None:
    address = Assets(WEB).address("js/base/money.js")
    with site.stream("GET", address, headers={"Accept-Encoding": accepted}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers.get("content-encoding") == coding
    assert "accept-encoding" in answer.headers["vary"].lower()
    read = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[coding]
    assert read(raw) == site.get(address).content


def test_a_picture_is_not_compressed_again(site: Site) -> None:
    answer = site.get(Assets(WEB).address("icons/bono-192.png"))
    assert answer.headers["content-type"] == "image/png"
    assert "content-encoding" not in answer.headers


# --- Imports


def test_a_changed_module_changes_the_addresses_of_all_that_import_it(
    files: Callable[..., Assets],
) -> None:
    old = files(a='import "./b.js";', b='export * from "./c.js";', c="1;", d="2;")
    before = {name: old.address(name) for name in old.names}
    new = files(c="3;")
    changed = {name for name in new.names if new.address(name) != before[name]}
    assert changed == {"js/a.js", "js/b.js", "js/c.js"}


@pytest.mark.parametrize(
    "module",
    [
        'import "./b.js";', 'import { x } from "./b.js";', 'export { x } from "./b.js";',
        'import {\n  x,\n} from "./b.js";', "import x from './b.js';", 'await import("./b.js");',
        'const later = () => import(\n  "./b.js"\n);', 'import "../js/b.js";',
        'const a = /["\']/; import("./b.js");', 'const url = `//x/*`; import "./b.js";',
    ],
)  # fmt: skip
def test_each_way_to_import_is_seen(files: Callable[..., Assets], module: str) -> None:
    assets = files(a=module, b="")
    assert assets.asset("js/a.js").imports == ("js/b.js",)
    assert assets.address("js/b.js") in assets.asset("js/a.js").body.content.decode()


def test_before_a_script_runs_stands_what_it_imports_at_once(files: Callable[..., Assets]) -> None:
    assets = files(
        a='import "./b.js";\nconst later = () => import("./d.js");', b='import "./c.js";',
        c="", d='import "./c.js";\nimport "./e.js";', e="",
    )  # fmt: skip
    here = {name: assets.address(f"js/{name}.js") for name in "abcde"}
    assert assets.before("js/a.js") == [here["a"], here["b"], here["c"]]
    assert assets.before("js/d.js", known="js/a.js") == [here["d"], here["e"]]


@pytest.mark.parametrize(
    "module",
    [
        '/** @type {import("./b.js").B} */ let b;',
        '// import "./b.js";',
        '/* from "./b.js" */',
    ],
)
def test_a_comment_imports_nothing(files: Callable[..., Assets], module: str) -> None:
    assert files(a=module, b="").asset("js/a.js").imports == ()


def test_modules_that_import_one_another_in_a_circle_are_refused(
    files: Callable[..., Assets],
) -> None:
    assets = files(a='import "./b.js";', b='import "./c.js";', c='import "./b.js";')
    with pytest.raises(ImportCycle, match=r"js/b\.js → js/c\.js → js/b\.js"):
        assets.address("js/a.js")


def test_an_import_of_nothing_is_refused_and_says_who_asks(files: Callable[..., Assets]) -> None:
    with pytest.raises(AssetMissing, match=r"js/a\.js → js/nothing\.js"):
        files(a='import "./nothing.js";').address("js/a.js")


def test_what_is_served_passes_the_tests_of_what_was_written(tmp_path: Path) -> None:
    for folder in ("static/js", "i18n"):
        for source in (WEB / folder).rglob("*.js"):
            copy = tmp_path / source.relative_to(WEB.parent)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(minify(source), encoding="utf-8")
    for name in ("static/vendor", "templates"):
        (tmp_path / "web" / name).symlink_to(WEB / name)
    (tmp_path / "web/package.json").write_text('{"type": "module"}', encoding="utf-8")
    for folder in ("web", "vectors"):
        shutil.copytree(TESTS / folder, tmp_path / "tests" / folder)
    for name in ("base/i18n", "map", "till/notranslate"):  # they read what stands in the files
        (tmp_path / f"tests/web/{name}.test.js").unlink()
    tests = sorted((tmp_path / "tests/web").rglob("*.test.js"))
    ran = subprocess.run(["node", "--test", *tests], capture_output=True, text=True, check=False)
    assert re.findall(r"not ok .*", ran.stdout) == []
    assert ran.returncode == 0, ran.stdout
    assert f"# tests {len(tests)}\n" not in ran.stdout  # each file has tests of its own


# --- The shell and its worker


def test_the_shell_is_the_same_for_everybody_and_asked_for_again(site: Site) -> None:
    first = site.get("/caisse", headers={"Cookie": "bono_session=somebody"})
    assert first.content == site.get("/caisse").content
    assert "set-cookie" not in first.headers
    assert first.headers["cache-control"] == "no-cache"
    again = site.get("/caisse", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_all_names_of_a_build_agree(site: Site) -> None:
    build = site.get("/version").json()["build"]
    shell = site.get("/caisse")
    assert shell.headers["etag"] == f'"{build}"'
    assert f'<meta name="build" content="{build}">' in shell.text
    assert f'const BUILD = "{build}";' in site.get("/sw.js").text


@pytest.mark.parametrize("path", ["/sw.js", "/version", "/reparer"])
def test_what_can_stop_a_worker_is_never_stored(site: Site, path: str) -> None:
    answer = site.get(path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


def test_the_worker_is_a_module_whose_imports_are_addresses(site: Site) -> None:
    answer = site.get("/sw.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    imports = re.findall(r'from\s*"([^"]+)"', answer.text)
    assert imports == [Assets(WEB).address("js/sale/sending.js")]


def test_the_worker_may_run_under_the_content_security_policy(site: Site) -> None:
    assert "worker-src 'self'" in site.get("/caisse").headers["content-security-policy"]


def test_the_worker_keeps_all_that_the_shell_and_its_modules_load(site: Site) -> None:
    kept = set(_precached(site.get("/sw.js").text))
    loaded = [match[0] for match in ADDRESS.finditer(site.get("/caisse").text)]
    assert {"/a/js/till/till", "/a/css/base"} <= {address.split(".")[0] for address in loaded}
    while loaded:
        address = loaded.pop()
        assert address in kept
        if address.endswith(".js"):
            loaded += [m[0] for m in ADDRESS.finditer(site.get(address).text)]
    assert len(kept) == len(_precached(site.get("/sw.js").text))


def test_the_languages_of_the_till_are_kept_too(site: Site) -> None:
    kept = _precached(site.get("/sw.js").text)
    names = {address.split("/")[-1].split(".")[0] for address in kept if "/i18n/" in address}
    assert names == {"fr", "fr-later", "ln", "sw", "lua", "en"}


_MORE = {"js": "\nexport const another = 1;", "css": "\n.another { color: red }", "html": "\n"}
"""What changes a file for a browser."""


def test_a_build_is_another_when_any_of_its_files_is(
    own_site: Callable[..., Site], tmp_path: Path
) -> None:
    web, builds = tmp_path / "web", set()
    for name in ("service_worker.js", "static/css/base.css", "i18n/ln.js", "templates/layout.html"):
        builds.add(own_site().get("/version").json()["build"])
        with (web / name).open("a") as file:
            file.write(_MORE[name.partition(".")[2]])
    builds.add(own_site().get("/version").json()["build"])
    assert len(builds) == 5
    with (web / "static/css/verify.css").open("a") as file:  # no file of the till
        file.write(_MORE["css"])
    assert own_site().get("/version").json()["build"] in builds


def test_the_manifest_installs_the_till_with_its_icons(site: Site) -> None:
    manifest = site.get("/manifest.webmanifest")
    assert manifest.headers["content-type"] == "application/manifest+json"
    document = manifest.json()
    assert (document["start_url"], document["scope"]) == ("/caisse", "/")
    sizes = {(icon["sizes"], icon.get("purpose", "any")) for icon in document["icons"]}
    assert {(size, use) for size in ("192x192", "512x512") for use in ("any", "maskable")} <= sizes
    kept = _precached(site.get("/sw.js").text)
    for icon in document["icons"]:
        assert icon["src"] in kept
        assert site.get(icon["src"]).status_code == 200
    assert 'rel="manifest" href="/manifest.webmanifest"' in site.get("/caisse").text


def test_the_worker_and_what_changes_builds_are_small(site: Site) -> None:
    assets = Assets(WEB)
    switch = [
        assets.asset(name).body.coded("gzip")[1]
        for name in ("js/tablet/update.js", "js/tablet/tabs.js")
    ]
    assert sum(map(len, switch)) <= SWITCH_BYTES
    program = site.get("/sw.js").text.split("\n", 2)[2]  # below the list of addresses
    assert len(gzip.compress(program.encode(), 9)) <= WORKER_BYTES


# --- To stop it, and to repair


def test_switched_off_the_worker_is_one_that_removes_itself(
    own_site: Callable[..., Site], site: Site
) -> None:
    off = own_site(worker=False)
    assert off.get("/version").json()["worker"] is False
    assert site.get("/version").json()["worker"] is True
    worker = off.get("/sw.js")
    assert "unregister()" in worker.text
    assert "fetch" not in worker.text
    assert worker.headers["cache-control"] == "no-store"


def test_the_switch_is_on_or_off() -> None:
    assert read_settings({}).service_worker is True
    assert read_settings({"BONO_SERVICE_WORKER": "off"}).service_worker is False
    with pytest.raises(InvalidSetting, match="BONO_SERVICE_WORKER"):
        read_settings({"BONO_SERVICE_WORKER": "no"})


def test_the_repair_page_has_no_way_to_the_sales_of_the_tablet(site: Site) -> None:
    page = site.get("/reparer").text
    scripts = re.findall(r'<script[^>]+src="([^"]+)"', page)
    assets = Assets(WEB)
    loaded = [asset for script in scripts if (asset := assets.at(script))]
    modules = assets.closure([asset.name for asset in loaded])
    assert [asset.name for asset in modules] == ["js/repair.js"]
    text = modules[0].body.content.decode()
    assert "unregister()" in text
    assert not re.search(r"indexedDB|idb|import|databases|Clear-Site-Data", text, re.IGNORECASE)
    assert page.count("<script") == 1


def test_the_repair_page_opens_when_the_till_does_not(
    own_site: Callable[..., Site], tmp_path: Path
) -> None:
    (tmp_path / "web/templates/till/till.html").write_text("{% broken")
    site = own_site()
    assert site.get("/caisse").status_code == 500
    assert "Réparer la caisse" in site.get("/reparer").text


def test_the_bare_address_leads_to_the_till(site: Site) -> None:
    answer = site.get("/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, "/caisse")
    assert site.get("/").status_code == 200
