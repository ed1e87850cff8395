"""The web application of one process: routes, templates, static files, headers, errors."""

import gc
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.datastructures import MutableScopeHeaders, State
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.static_files import create_static_files_router
from litestar.template.config import TemplateConfig
from litestar.types import (
    LifeSpanReceive,
    LifeSpanScope,
    LifeSpanSend,
    Message,
    Receive,
    Scope,
    Send,
)

from app.routes import exports, invoices, public, receipts, till, verification
from app.routes.openapi import BEARER, SECURITY_SCHEME
from app.routes.problems import HANDLERS, NotFound
from app.services import export_jobs
from app.services.parts import Parts

WEB = Path(__file__).parent.parent / "web"
MOST_BYTES = 256 * 1024
"""Of a request body."""

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=()",
}


class _Application(Litestar):
    """Answers HEAD as GET; the server in front leaves the body out (RFC 9110, 9.3.2)."""

    async def __call__(
        self,
        scope: Scope | LifeSpanScope,
        receive: Receive | LifeSpanReceive,
        send: Send | LifeSpanSend,
    ) -> None:
        """One request, or the life of the process."""
        asked: Any = scope
        if asked["type"] == "http" and asked["method"] == "HEAD":
            asked = {**asked, "method": "GET"}
        await super().__call__(asked, receive, send)


async def _with_headers(message: Message, _scope: Scope) -> None:
    """Every answer, errors and static files included, has the security headers."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)


def _templates() -> TemplateConfig[JinjaTemplateEngine]:
    environment = Environment(
        loader=FileSystemLoader(WEB / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment))


def create_app(parts: Parts) -> Litestar:
    """The application over these parts; they start and stop with it."""

    def start(_app: Litestar) -> None:
        gc.collect()
        gc.freeze()  # what is loaded by now lives as long as the process: not looked at again
        parts.start()
        export_jobs.resume(parts)

    def stop(_app: Litestar) -> None:
        parts.stop()

    return _Application(
        route_handlers=[
            *invoices.ROUTES,
            *exports.ROUTES,
            *public.ROUTES,
            *receipts.ROUTES,
            *till.ROUTES,
            *verification.ROUTES,
            create_static_files_router(
                path="/static",
                directories=[WEB / "static"],
                exception_handlers={ValueError: HANDLERS[NotFound]},  # a name with NUL is no file's
            ),
        ],
        state=State({"parts": parts, "checks": public.Bucket(public.CHECKS_PER_MINUTE)}),
        on_startup=[start],
        on_shutdown=[stop],
        exception_handlers=HANDLERS,
        before_send=[_with_headers],
        template_config=_templates(),
        request_max_body_size=MOST_BYTES,
        compression_config=CompressionConfig(backend="gzip", gzip_compress_level=5),
        openapi_config=OpenAPIConfig(
            title="Bono Pay",
            version="1",
            path="/schema",
            render_plugins=[JsonRenderPlugin(path="/")],
            components=Components(security_schemes={BEARER: SECURITY_SCHEME}),
            description="Factures normalisées : émettre, relire, vérifier, exporter.",
        ),
        logging_config=None,
    )
