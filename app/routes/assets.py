"""What a browser keeps of us: the assets, the till's shell, and the worker that holds both.

A *build* is one set of these files. Its id is a hash of them all, so two processes that serve the
same files have the same build, and a worker never mixes two.
"""

import hashlib
from functools import cached_property
from typing import Any, Final, cast

import msgspec
from jinja2 import Environment
from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import Template

from app.routes.asset_graph import ADDRESS, TYPES, Assets, Body
from app.routes.problems import NotFound

Asked = Request[Any, Any, Any]

SHELL: Final = "/caisse"
_UNKNOWN_ID: Final = "bono-build-id"
"""Stands in the shell for the id, which is a hash of that shell."""
_HTML: Final = "text/html"
_FOREVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_ASKED_AGAIN: Final = {"Cache-Control": "no-cache"}
_FRESH: Final = {"Cache-Control": "no-store"}


class Build:
    """The files of the till as one thing; made when first asked for."""

    def __init__(self, assets: Assets, environment: Environment, *, worker: bool) -> None:
        self.assets, self.worker = assets, worker
        self._environment = environment

    @cached_property
    def _page(self) -> str:
        template = self._environment.get_template("till/till.html")
        return template.render(build=_UNKNOWN_ID)

    @cached_property
    def manifest(self) -> Body:
        """The manifest of the installed till, its icons at their addresses."""
        document = msgspec.json.decode((self.assets.web / "manifest.webmanifest").read_bytes())
        for icon in document["icons"]:
            icon["src"] = self.assets.address(icon["src"])
        return Body(msgspec.json.encode(document), "application/manifest+json")

    @cached_property
    def precache(self) -> list[str]:
        """The addresses of all that the till needs beside its shell, imports included."""
        written = self._page + self.manifest.content.decode()
        names = [f"{match[1]}.{match[3]}" for match in ADDRESS.finditer(written)]
        return [asset.address for asset in self.assets.closure(names)]

    @cached_property
    def _worker(self) -> str:
        return self.assets.resolved(self.assets.web / "service_worker.js")[0]

    @cached_property
    def id(self) -> str:
        """The same for the same shell, worker and assets, and for nothing else."""
        whole = "\0".join((self._page, self._worker, *self.precache))
        return hashlib.sha256(whole.encode()).hexdigest()[:16]

    @cached_property
    def shell(self) -> Body:
        """The page of the till: the same for every tablet, outlet and person."""
        return Body(self._page.replace(_UNKNOWN_ID, self.id).encode(), _HTML)

    @cached_property
    def worker_script(self) -> Body:
        """The service worker that holds this build; switched off, the one that ends them all."""
        if not self.worker:
            off = (self.assets.web / "service_worker_off.js").read_bytes()
            return Body(off, TYPES[".js"])
        build, precache = (msgspec.json.encode(it).decode() for it in (self.id, self.precache))
        start = f"const BUILD = {build};\nconst PRECACHE = {precache};\n"
        return Body((start + self._worker).encode(), TYPES[".js"])


def _build(request: Asked) -> Build:
    return cast("Build", request.app.state.build)


def _served(request: Asked, body: Body, headers: dict[str, str]) -> Response[bytes]:
    coding, content = body.coded(request.headers.get("accept-encoding", ""))
    coded = {"Content-Encoding": coding} if coding else {}
    return Response(
        content,
        media_type=body.media_type,
        headers={**headers, **coded, "Vary": "Accept-Encoding"},
    )


@get("/a/{path:path}", include_in_schema=False, sync_to_thread=True, coded=True)
def asset(request: Asked, path: FromPath[str]) -> Response[bytes]:
    """The asset with exactly that content."""
    found = _build(request).assets.at(f"/a{path}")
    if found is None:
        raise NotFound
    return _served(request, found.body, _FOREVER)


@get(SHELL, include_in_schema=False, sync_to_thread=True, coded=True)
def shell(request: Asked) -> Response[bytes]:
    """The till. What it shows, a message, the names or the ticket, it knows from the tablet."""
    build = _build(request)
    headers = {**_ASKED_AGAIN, "ETag": f'"{build.id}"'}
    if request.headers.get("if-none-match", "").removeprefix("W/") == headers["ETag"]:
        return Response(b"", status_code=304, headers=headers)
    return _served(request, build.shell, headers)


@get("/sw.js", include_in_schema=False, sync_to_thread=True, coded=True)
def service_worker(request: Asked) -> Response[bytes]:
    """The worker of this build; asked for at every start, so that it can always be stopped."""
    return _served(request, _build(request).worker_script, _FRESH)


@get("/version", include_in_schema=False, sync_to_thread=True)
def version(request: Asked) -> Response[bytes]:
    """The build that is served, and whether a worker shall hold it."""
    build = _build(request)
    document = msgspec.json.encode({"build": build.id, "worker": build.worker})
    return Response(document, media_type="application/json", headers=_FRESH)


@get("/manifest.webmanifest", include_in_schema=False, sync_to_thread=True, coded=True)
def manifest(request: Asked) -> Response[bytes]:
    """What makes the till an application of the tablet."""
    return _served(request, _build(request).manifest, _ASKED_AGAIN)


@get("/reparer", include_in_schema=False, sync_to_thread=False)
def repair() -> Template:
    """The page that removes workers and copies, and cannot reach a sale."""
    return Template("repair.html", headers={**_FRESH, "X-Robots-Tag": "noindex"})


ROUTES = (asset, shell, service_worker, version, manifest, repair)
