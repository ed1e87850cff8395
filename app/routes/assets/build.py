"""The files of the till as one thing, with one id."""

import hashlib
from functools import cached_property
from typing import Final

import msgspec
from jinja2 import Environment

from app.routes.assets.graph import ADDRESS, TYPES, Assets, Body

SHELL: Final = "/caisse"


_UNKNOWN_ID: Final = "bono-build-id"
"""Stands in the shell for the id, which is a hash of that shell."""


_HTML: Final = "text/html"


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
        return self.assets.resolve(self.assets.web / "service_worker.js")[0]

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
