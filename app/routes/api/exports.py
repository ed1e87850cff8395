"""`/api/v1/exports`: an outlet's ledger as a file that a stranger can verify."""

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import File

from app.access import may
from app.fiscal.errors import InvalidInvoice
from app.fiscal.numbering import OUTLET_CODE
from app.fiscal.reading import Matching, Object
from app.fiscal.reading_times import Day
from app.routes.base.bodies import decoded_body
from app.routes.base.keys import bearer
from app.routes.base.openapi.exports import (
    ChunkOperation,
    ExportOperation,
    ExportStateOperation,
    ZipOperation,
)
from app.routes.base.openapi.operations import KEY
from app.routes.base.problems import NotFound
from app.routes.base.replies import json_reply
from app.routes.base.request import Asked, parts_of
from app.routes.base.transactions import beside
from app.services.proof import export_jobs
from app.services.proof.export_jobs import ExportState
from app.services.proof.exports import Days

REQUEST = Object(
    {
        "outlet_id": Matching(OUTLET_CODE, "un code de point de vente"),
        "from": Day(),
        "to": Day(),
    },
    frozenset({"from", "to"}),
)


def _document(export: ExportState) -> dict[str, str]:
    return {"id": export.id, "state": export.state, "chunks": str(export.chunks)}


@post(
    "/api/v1/exports",
    operation_class=ExportOperation,
    security=KEY,
    status_code=202,
    summary="Demander un export",
    tags=["exports"],
    operation_id="request_export",
)
async def ask_export(request: Asked) -> Response[bytes]:
    """The export is being made; ask for its state at the address in `Location`."""
    principal = await bearer(request)
    asked = REQUEST.read(await decoded_body(request), "")
    may(principal, "exports", asked["outlet_id"])
    days = Days(asked.get("from"), asked.get("to"))
    export = await beside(
        request,
        lambda parts: export_jobs.begin(
            parts.engine, parts.sealing, parts.settings.exports, asked["outlet_id"], days
        ),
    )
    response = json_reply(_document(export), 202)
    response.headers["Location"] = f"/api/v1/exports/{export.id}"
    return response


async def _found(request: Asked, export_id: str) -> ExportState:
    principal = await bearer(request)
    may(principal, "exports")
    export = await beside(
        request, lambda parts: export_jobs.find(parts.engine, principal.outlet_id, export_id)
    )
    if export is None:
        raise NotFound
    return export


@get(
    "/api/v1/exports/{export_id:str}",
    operation_class=ExportStateOperation,
    security=KEY,
    summary="L'état d'un export",
    tags=["exports"],
    operation_id="get_export",
)
async def export_state(request: Asked, export_id: FromPath[str]) -> Response[bytes]:
    """`state` is building, ready or failed."""
    return json_reply(_document(await _found(request, export_id)))


@get(
    "/api/v1/exports/{export_id:str}/audit.zip",
    operation_class=ZipOperation,
    security=KEY,
    summary="Télécharger l'export",
    tags=["exports"],
    operation_id="download_export",
)
async def download_export(request: Asked, export_id: FromPath[str]) -> File:
    """The whole export."""
    export = await _found(request, export_id)
    if export.state != "ready":
        raise NotFound
    path = export_jobs.path_of(parts_of(request).settings.exports, export.id)
    return File(path, filename=f"audit-{export.outlet_id}.zip", media_type="application/zip")


@get(
    "/api/v1/exports/{export_id:str}/chunks/{number:int}",
    operation_class=ChunkOperation,
    security=KEY,
    summary="Un morceau de l'export",
    tags=["exports"],
    operation_id="get_export_chunk",
)
async def export_chunk(
    request: Asked, export_id: FromPath[str], number: FromPath[int]
) -> Response[bytes]:
    """One chunk of lines; each is acknowledged before the next is given."""
    export = await _found(request, export_id)
    if export.state != "ready" or not 1 <= number <= export.chunks:
        raise NotFound
    if number > export.acknowledged + 1:
        raise InvalidInvoice(
            "export.order", "/number", "Accusez d'abord réception du morceau précédent."
        )
    name, data = await beside(
        request, lambda parts: export_jobs.chunk(parts.settings.exports, export.id, number)
    )
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type="application/jsonl", headers=headers)


@post(
    "/api/v1/exports/{export_id:str}/chunks/{number:int}/ack",
    operation_class=ExportStateOperation,
    security=KEY,
    status_code=200,
    summary="Accuser réception d'un morceau",
    tags=["exports"],
    operation_id="acknowledge_export_chunk",
)
async def acknowledge_chunk(
    request: Asked, export_id: FromPath[str], number: FromPath[int]
) -> Response[bytes]:
    """The next chunk may be asked for."""
    export = await _found(request, export_id)
    if export.state != "ready" or not 1 <= number <= min(export.chunks, export.acknowledged + 1):
        raise NotFound
    await beside(request, lambda parts: export_jobs.acknowledge(parts.engine, export, number))
    return json_reply(_document(export))


ROUTES = (
    ask_export,
    export_state,
    download_export,
    export_chunk,
    acknowledge_chunk,
)
