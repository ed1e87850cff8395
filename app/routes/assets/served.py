"""What a browser keeps of us: the assets, the till's shell, and the worker that holds both.

A *build* is one set of these files. Its id is a hash of them all, so two processes that serve the
same files have the same build, and a worker never mixes two.
"""

from typing import Final, cast

from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Redirect, Template

from app.routes.assets.build import SHELL, Build
from app.routes.assets.graph import Body
from app.routes.base.problems import NotFound
from app.routes.base.replies import FRESH, UNLISTED, fresh_json
from app.routes.base.request import Asked

_FOREVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_ASKED_AGAIN: Final = {"Cache-Control": "no-cache"}


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


@get("/", include_in_schema=False, sync_to_thread=False)
def front_door() -> Redirect:
    """The till: a device that is none is told there how to become one."""
    return Redirect(SHELL)


@get("/sw.js", include_in_schema=False, sync_to_thread=True, coded=True)
def service_worker(request: Asked) -> Response[bytes]:
    """The worker of this build; asked for at every start, so that it can always be stopped."""
    return _served(request, _build(request).worker_script, FRESH)


@get("/version", include_in_schema=False, sync_to_thread=True)
def version(request: Asked) -> Response[bytes]:
    """The build that is served, and whether a worker shall hold it."""
    build = _build(request)
    return fresh_json({"build": build.id, "worker": build.worker})


@get("/manifest.webmanifest", include_in_schema=False, sync_to_thread=True, coded=True)
def manifest(request: Asked) -> Response[bytes]:
    """What makes the till an application of the tablet."""
    return _served(request, _build(request).manifest, _ASKED_AGAIN)


@get("/reparer", include_in_schema=False, sync_to_thread=False)
def repair() -> Template:
    """The page that removes workers and copies, and cannot reach a sale."""
    return Template("repair.html", headers=UNLISTED)


ROUTES = (asset, front_door, shell, service_worker, version, manifest, repair)
