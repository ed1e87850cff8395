"""WhatsApp: a link that people send themselves, or the Business API (Meta's Graph API)."""

import hashlib
import hmac
import json
import re
import ssl
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import quote

import httpx
import phonenumbers

from app.channels.outgoing import Outcome, Outgoing, brief
from app.fiscal.texts import clean

COUNTRY: Final = "243"
_SECONDS: Final = 20
_UNTYPED: Final = re.compile(r"\(0\)|[\s./()\u2010-\u2015-]")
"""What people write between the figures; `+243 (0)81` means that its 0 is left out abroad."""
_ABROAD: Final = re.compile(r"(?:\+|00)([1-9][0-9]{6,14})", re.ASCII)
_HERE: Final = re.compile(r"(?:(?:\+|00)?243)?0?([1-9][0-9]{8})", re.ASCII)
"""A number of the country: nine figures after its 0 or its code, the first no 0."""

_LATER: Final = frozenset({1, 2, 4, 80007, 130429, 131000, 131016, 131048, 131056, 133004})
"""Codes of the API: unavailable, or too many just now."""
_NOT_US: Final = frozenset({0, 3, 10, 190, 200, 368, 131005, 131031, 131042})
"""The token, its rights or the account: no message gets through."""


def digits(typed: str) -> str | None:
    """The digits that WhatsApp wants, from what people type (`081 234 56 78`), or None.

    A number of the country is whole or none; of another country, as long as numbers are there.
    """
    number = _UNTYPED.sub("", clean(typed))
    here = _HERE.fullmatch(number)
    if here is not None:
        return COUNTRY + here[1]
    abroad = _ABROAD.fullmatch(number)
    return None if abroad is None or abroad[1].startswith(COUNTRY) else _of_a_country(abroad[1])


def _of_a_country(number: str) -> str | None:
    try:
        parsed = phonenumbers.parse(f"+{number}")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)[1:]


def link(number: str, text: str) -> str:
    """The address that opens WhatsApp with that text for that number."""
    return f"https://wa.me/{number}?text={quote(text)}"


def text_request(number: str, text: str) -> bytes:
    """The body of `POST /{phone_id}/messages` that sends a text.

    Meta delivers it to whoever wrote to the shop within 24 hours, and to nobody else.
    """
    return _request(number, "text", {"preview_url": True, "body": text})


def template_request(number: str, template: str, words: list[str]) -> bytes:
    """The same with an approved template (language fr) whose body has these words."""
    parameters = [{"type": "text", "text": word} for word in words]
    return _request(
        number,
        "template",
        {
            "name": template,
            "language": {"code": "fr"},
            "components": [{"type": "body", "parameters": parameters}],
        },
    )


def _request(number: str, kind: Literal["template", "text"], content: dict[str, Any]) -> bytes:
    document = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": number,
        "type": kind,
        kind: content,
    }
    return json.dumps(document, ensure_ascii=False).encode()


def is_signed(secret: str, body: bytes, header: str) -> bool:
    """True when Meta signed that report (`X-Hub-Signature-256`) with the app's secret."""
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), header.encode())


@dataclass(frozen=True, slots=True)
class Report:
    """What Meta says of a message that it took."""

    remote_id: str
    state: str
    """`sent`, `delivered`, `read`, `failed`, or a word that Meta adds one day."""
    words: str
    """Why it failed."""


def reports(body: bytes) -> list[Report]:
    """The reports of a call by Meta, in their order; what is none of them is left out."""
    found = []
    for status in _members(_read(body), ["entry", "changes", "value", "statuses"]):
        remote_id, state = status.get("id"), status.get("status")
        if isinstance(remote_id, str) and isinstance(state, str):
            errors = _members(status, ["errors"])
            code, said = _error(errors[0] if errors else {})
            words = brief(f"{code} {said or errors[0].get('title', '')}") if errors else ""
            found.append(Report(remote_id, state, words))
    return found


def _members(document: dict[str, Any], path: list[str]) -> list[dict[str, Any]]:
    """The objects at the end of that path, through lists on the way."""
    level = [document]
    for name in path:
        values = [member.get(name) for member in level]
        flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
        level = [one for one in flat if isinstance(one, dict)]
    return level


class WhatsAppBusinessChannel:
    """Posts to the Business API; whether the telephone got it, only Meta knows."""

    def __init__(
        self,
        url: str,
        token: str,
        phone_id: str,
        *,
        proxy: str | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._client = httpx.Client(
            timeout=_SECONDS, trust_env=False, proxy=proxy, verify=context or True
        )
        self._url = f"{url.rstrip('/')}/{phone_id}/messages"
        self._token = token

    def __call__(self, out: Outgoing) -> Outcome:
        """One POST, and what came of it."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            answer = self._client.post(self._url, content=out.body, headers=headers)
        except httpx.HTTPError as error:
            said = f"WhatsApp est injoignable ({type(error).__name__})."
            return Outcome("later", said, blocks="channel")
        return _outcome(answer)


def _outcome(answer: httpx.Response) -> Outcome:
    document = _read(answer.content)
    status = answer.status_code
    messages = document.get("messages")
    if answer.is_success and isinstance(messages, list) and messages:
        remote_id = _id(messages[0])
        words = brief(f"Acceptée par WhatsApp : {remote_id}")
        return Outcome("sent", words, status, remote_id=remote_id)
    error = document.get("error")
    code, said = _error(error if isinstance(error, dict) else {})
    words = brief(f"{code} {said}" if said else f"Réponse {status}.")
    if code in _NOT_US or status in {401, 403}:
        return Outcome("later", words, status, blocks="channel")
    if code in _LATER or status == httpx.codes.TOO_MANY_REQUESTS or not 400 <= status < 500:  # noqa: PLR2004 - HTTP
        return Outcome("later", words, status)
    return Outcome("failed", words, status)


def _read(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _id(message: Any) -> str:
    return str(message.get("id", "")) if isinstance(message, dict) else ""


def _error(error: dict[str, Any]) -> tuple[int, str]:
    code = error.get("code")
    return (code if type(code) is int else -1), str(error.get("message", ""))
