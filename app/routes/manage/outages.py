"""`…/pannes`: what could not be reached, and the attested log of it."""

from collections.abc import Mapping
from typing import Final

from litestar import Response, Router, get

from app.fiscal.ledger import utc_time
from app.fiscal.probe import PARTS, Outage
from app.process import Parts
from app.routes.base.request import Asked
from app.routes.base.transactions import beside
from app.routes.manage.clock import duration
from app.routes.manage.pages import HEADERS, REFUSALS, Page, live
from app.routes.manage.place import OutletPage, both_paths, place_of
from app.services.watch.mode import Mode, mode_in_force
from app.services.watch.probes import log_lines, told_outages
from app.store.engine import reading

MOST_OUTAGES: Final = 50


PART_NAMES: Final = {
    "lan": "Réseau du magasin",
    "internet": "Internet",
    "dgi": "DGI",
    "signer": "Signataire",
    "device": "Boîtier",
}


PART_STATES: Final = {
    "up": ("green", "Répond"),
    "down": ("red", "Ne répond pas"),
    "none": ("grey", "Non surveillé"),
    "unknown": ("grey", "Pas encore mesuré"),
}


MODE_LAMPS: Final = {"normal": "green", "sealed": "green", "blocked": "red", "unsealed": "red"}


@get(both_paths("/pannes/journal.jsonl"), include_in_schema=False)
async def download_log(request: Asked) -> Response[bytes]:
    """The signed probe log, for `bono verify`."""
    place = await place_of(request)

    def read(parts: Parts) -> bytes:
        with reading(parts.engine) as session:
            return b"".join(log_lines(session, place.outlet_id))

    name = f"pannes-{place.outlet_id}.jsonl"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    headers = {**HEADERS, **disposition}
    return Response(await beside(request, read), media_type="application/jsonl", headers=headers)


@get(both_paths("/pannes"), include_in_schema=False)
async def list_outages(request: Asked) -> Page:
    """What could not be reached, and when."""
    place = await place_of(request)

    def read(parts: Parts) -> tuple[Mode, list[Outage]]:
        with reading(parts.engine) as session:
            mode = mode_in_force(session, place.outlet_id, place.now)
            return mode, told_outages(session, place.outlet_id)

    mode, outages = await beside(request, read)
    clock = place.clock
    context = {
        **place.context(request, "pannes"),
        "mode": mode,
        "mode_lamp": MODE_LAMPS.get(mode.name, "amber"),
        "mode_since": clock.at(mode.since),
        "mode_deadline": clock.at(mode.deadline),
        "parts": [_part(name, mode.parts) for name in PARTS],
        "outages": [_outage(outage, place) for outage in reversed(outages[-MOST_OUTAGES:])],
    }
    return live(request, "manage/outages", context)


def _part(name: str, states: Mapping[str, str]) -> dict[str, str]:
    lamp, word = PART_STATES[states.get(name, "unknown")]
    return {"name": PART_NAMES[name], "lamp": lamp, "word": word}


def _outage(outage: Outage, place: OutletPage) -> dict[str, str]:
    until = utc_time(outage.until) if outage.until else place.now
    lasted = duration(int((until - utc_time(outage.since)).total_seconds()))
    return {
        "part": PART_NAMES.get(outage.part, outage.part),
        "from": place.clock.exact(outage.since),
        "to": place.clock.exact(outage.until) if outage.until else "",
        "lasted": lasted,
        "lamp": "grey" if outage.until else "red",
    }


ROUTES: Final = (
    Router(path="/", route_handlers=[list_outages, download_log], exception_handlers=REFUSALS),
)
"""The routes of this module, for the server."""
