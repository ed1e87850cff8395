"""The web application of one process: routes, templates, assets, headers, errors."""

import gc
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.datastructures import MutableScopeHeaders, State
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components
from litestar.plugins.jinja import JinjaTemplateEngine
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

from app.process import Parts
from app.routes.api import exports, invoice_list, invoices, metrics, outages, send_receipt, webhooks
from app.routes.assets import served
from app.routes.assets.build import Build
from app.routes.assets.graph import Assets
from app.routes.base import limits
from app.routes.base.openapi.document import TAGS, NamedShapes
from app.routes.base.openapi.operations import SECURITY_SCHEMES
from app.routes.base.problems import HANDLERS
from app.routes.manage import cases, home, messages, operators, queues, rules
from app.routes.manage import outages as manage_outages
from app.routes.public import (
    claims,
    health,
    receipts,
    rule_pages,
    tables_and_keys,
    verify_api,
    verify_pages,
    whatsapp,
)
from app.routes.till import enrolment, feeds, heartbeat, prints, session
from app.routes.till import send_receipt as till_send_receipt
from app.services.proof import export_jobs

WEB = Path(__file__).parent.parent / "web"
MOST_BYTES = 256 * 1024
"""Of a request body."""

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=()",
}

JSON_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
"""Of what is no document: the other headers say nothing there, and a till pays for each byte."""


_SUBJECTS: Final[tuple[Any, ...]] = (
    served,
    invoices, invoice_list, exports, outages, webhooks, send_receipt, metrics,
    home, queues, cases, messages, manage_outages, rules, operators,
    claims, receipts, verify_api, verify_pages, tables_and_keys, rule_pages,
    health, whatsapp,
    enrolment, session, feeds, heartbeat, prints, till_send_receipt,
)  # fmt: skip
"""The modules with routes; each has its own `ROUTES`."""


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Bono Pay",
        version="1",
        path="/schema",
        render_plugins=[NamedShapes(path="/")],
        tags=TAGS,
        components=Components(security_schemes=SECURITY_SCHEMES),
        description="Factures normalisées : émettre, relire, vérifier, exporter.",
    )


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
    """Every answer, errors and assets included, has the security headers."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    json = headers.get("content-type", "").partition(";")[0].endswith("json")
    for name, value in (JSON_HEADERS if json else SECURITY_HEADERS).items():
        headers.setdefault(name, value)


def _templates(files: Assets) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(WEB / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = files.address
    environment.globals["before"] = files.before
    return environment


def create_app(parts: Parts) -> Litestar:
    """The application over these parts; they start and stop with it."""
    files = Assets(WEB)
    templates = _templates(files)
    build = Build(files, templates, worker=parts.settings.service_worker)

    def start(_app: Litestar) -> None:
        gc.collect()
        gc.freeze()  # what is loaded by now lives as long as the process: not looked at again
        parts.start()
        export_jobs.resume(parts.engine, parts.sealing, parts.settings.exports)

    def stop(_app: Litestar) -> None:
        parts.stop()

    return _Application(
        route_handlers=[route for subject in _SUBJECTS for route in subject.ROUTES],
        state=State(
            {
                "parts": parts,
                "build": build,
                "checks": limits.Bucket(limits.CHECKS_PER_MINUTE),
            }
        ),
        on_startup=[start],
        on_shutdown=[stop],
        exception_handlers=HANDLERS,
        before_send=[_with_headers],
        template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(templates)),
        request_max_body_size=MOST_BYTES,
        compression_config=CompressionConfig(
            backend="gzip", gzip_compress_level=5, exclude_opt_key="coded"
        ),
        openapi_config=_openapi(),
        logging_config=None,
    )
