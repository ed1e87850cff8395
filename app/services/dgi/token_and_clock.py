"""What the authority says of our token and of its clock, watched before it hurts."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from app.control.emcf_token import TokenClaims, TokenUnreadable, read_token
from app.control.module import Listed
from app.fiscal.ledger import utc_text
from app.fiscal.zones import local_time
from app.services.cases.following import Topic, Trouble, follow
from app.services.rules.policy import policy_of
from app.store.dgi import modules
from app.store.engine import Engine, Session, writing
from app.store.outlets import outlet_facts
from app.store.tables.dgi import ControlModuleRow
from app.wording import city_of

MOST_APART: Final = timedelta(minutes=10)
"""The authority's clock may differ from ours by that much: both are kept on every invoice."""

LAST_WARNINGS: Final = (7, 1)
"""Days before the end of a token at which people are warned again, after the rule's own."""

_UNAUTHORIZED: Final = 401


@dataclass(frozen=True, slots=True)
class WatchedModule:
    """An outlet, its control module and the moment at which they are looked at."""

    outlet_id: str
    nim: str
    nif: str
    zone: str
    now: datetime

    def local(self, instant: datetime) -> str:
        """The instant on the outlet's clocks, as people read it."""
        local = local_time(instant, self.zone)
        return f"{local:%d/%m/%Y à %H:%M} (heure de {city_of(self.zone)})"


def watch_token(engine: Engine, outlet_id: str, now: datetime) -> None:
    """A token that ends soon, ended, or is another's is a case; a token that holds is none.

    Its end is what the authority last said, else what the token says of itself. Each threshold
    opens one case and is announced once.
    """
    with writing(engine) as session:
        outlet = outlet_facts(session, outlet_id)
        if outlet is None or outlet.control_module is None:
            return
        place = WatchedModule(
            outlet_id, outlet.control_module, outlet.merchant_nif, outlet.zone, now
        )
        _watch(session, place, None)


def keep_token_end(session: Session, place: WatchedModule, listed: Listed) -> None:
    """Until when the authority says that our token is valid stands in the module's row.

    To be written first: whoever settles a sale locks the module before the outlet.
    """
    until = _instant(_members(listed).get("tokenValid"))
    if until is not None:
        modules.put_token_end(session, place.nim, utc_text(until))


def read_status(session: Session, place: WatchedModule, listed: Listed) -> None:
    """What `/api/info/status` says of our token and of the authority's clock is followed."""
    if listed.status == _UNAUTHORIZED:
        _follow_refusal(session, place, refused=True)
        return
    said = _members(listed)
    if not said:
        return
    _follow_refusal(session, place, refused=False)
    _watch(session, place, said)
    _follow_clock(session, place, _instant(said.get("serverDateTime")))


def _members(listed: Listed) -> dict[str, Any]:
    """The members of an answer that is no refusal; none of any other."""
    said = listed.document
    return said if isinstance(said, dict) and not said.get("errorCode") else {}


def _watch(session: Session, place: WatchedModule, said: dict[str, Any] | None) -> None:
    """What the authority just said, if it did, and what the token says of itself."""
    module = session.get_one(ControlModuleRow, place.nim)
    claims = _claims(module.token)
    _follow_owner(session, place, claims, said)
    until = _instant(module.token_valid) or (claims.expires if claims else None)
    if until is not None:
        _follow_end(session, place, until)


def _claims(token: str) -> TokenClaims | None:
    try:
        return read_token(token)
    except TokenUnreadable:
        return None


def _instant(text: object) -> datetime | None:
    """The moment that this text says; without an offset it says none."""
    if not isinstance(text, str):
        return None
    try:
        read = datetime.fromisoformat(text.strip())
        return read.astimezone(UTC) if read.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


# --- The token


def _token(place: WatchedModule, about: str) -> Topic:
    return Topic(place.outlet_id, "token", about, "device.token")


def _follow_end(session: Session, place: WatchedModule, until: datetime) -> None:
    topic = _token(place, f"{place.nim}#end")
    words = _ends(place, until, policy_of(session, place.outlet_id).token_warn_days)
    facts = {"nim": place.nim, "token_valid": utc_text(until)}
    trouble = None if words is None else Trouble(words, "operator", facts)
    over = f"Le jeton est valable jusqu'au {place.local(until)}."
    follow(session, topic, trouble, over, utc_text(place.now))


def _ends(place: WatchedModule, until: datetime, first_warning: int) -> str | None:
    """The warning that is due, the same words until the next threshold; None when none is."""
    left = until - place.now
    end = f"du module {place.nim} finit le {place.local(until)}"
    if left <= timedelta():
        return f"Le jeton {end} : plus rien ne part à la DGI. Renouvelez-le sur son portail."
    for days in sorted({first_warning, *LAST_WARNINGS}):
        if left <= timedelta(days=days):
            span = "un jour" if days == 1 else f"{days} jours"
            return f"Le jeton {end}, dans moins de {span}. Renouvelez-le sur le portail de la DGI."
    return None


def _follow_owner(
    session: Session, place: WatchedModule, claims: TokenClaims | None, said: dict[str, Any] | None
) -> None:
    """The token must be of our taxpayer and our e-MCF: another's invoices are not ours."""
    owners = [(claims.nif, claims.nim)] if claims else []
    if said is not None:
        owners.append((str(said.get("nif") or place.nif), str(said.get("nim") or place.nim)))
    strange = next((owner for owner in owners if owner != (place.nif, place.nim)), None)
    if strange is None and said is None:
        return  # only the authority can say that all is well
    trouble = None
    if strange is not None:
        text = (
            f"Le jeton du module {place.nim} est celui d'un autre : NIF {strange[0]}, module "
            f"{strange[1]}. Collez celui de ce point de vente ({place.nif})."
        )
        facts = {"nim": place.nim, "token_nif": strange[0], "token_nim": strange[1]}
        trouble = Trouble(text, "operator", facts)
    topic = _token(place, f"{place.nim}#owner")
    over = "Le jeton est bien celui de ce point de vente."
    follow(session, topic, trouble, over, utc_text(place.now))


def _follow_refusal(session: Session, place: WatchedModule, *, refused: bool) -> None:
    topic = _token(place, place.nim)
    text = f"La DGI refuse le jeton du module {place.nim} (401) : il faut le renouveler."
    trouble = Trouble(text, "operator", {"nim": place.nim}, lasting=True) if refused else None
    follow(session, topic, trouble, "La DGI accepte le jeton.", utc_text(place.now))


# --- The clock


def _follow_clock(session: Session, place: WatchedModule, theirs: datetime | None) -> None:
    if theirs is None:
        return
    topic = Topic(place.outlet_id, "clock", place.nim, "device.clock")
    trouble = None
    if abs(theirs - place.now) > MOST_APART:
        text = (
            f"L'horloge de la DGI marque {place.local(theirs)}, la nôtre {place.local(place.now)}. "
            "Vérifiez la nôtre d'abord."
        )
        facts = {"nim": place.nim, "theirs": utc_text(theirs), "ours": utc_text(place.now)}
        trouble = Trouble(text, "operator", facts, lasting=True)
    over = "Les deux horloges s'accordent de nouveau."
    follow(session, topic, trouble, over, utc_text(place.now))
