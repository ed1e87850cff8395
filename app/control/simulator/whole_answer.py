"""A whole answer, held back before it goes out: what faults make of it, and what gateways say."""

import json
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import brotli
import msgspec

from app.control.simulator.answers import NOTHING_COMPUTED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from litestar.types import Message

    from app.control.simulator.faults import Endpoint, Rule

ENCODED = msgspec.json.Encoder(decimal_format="number").encode
JSON = b"application/json; charset=utf-8"
PROBLEM = b"application/problem+json; charset=utf-8"
HTML, TEXT = b"text/html", b"text/plain"
PAGES = {
    "html_502": (502, b"502 Bad Gateway"),
    "status_503": (503, b"503 Service Unavailable"),
    "status_429": (429, b"429 Too Many Requests"),
}
UID = re.compile(rb'("uid":")([^"]+)')
NEWS = {"avis": {"niveau": 1, "messages": ["Maintenance dimanche."], "lu": None}}
"""A member that no text of the authority speaks of."""


@dataclass(slots=True)
class Answer:
    """Status, headers and body."""

    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def collect(self, message: "Message") -> None:
        """The answer contains that ASGI message."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(name.lower(), value) for name, value in message["headers"]]
        elif message["type"] == "http.response.body":
            self.body += message["body"]

    def rewrite(self, body: bytes, **headers: bytes) -> None:
        """The answer has that body, and those headers instead of its own."""
        names = {name.replace("_", "-").encode(): value for name, value in headers.items()}
        names[b"content-length"] = str(len(body)).encode()
        self.body = body
        self.headers = [pair for pair in self.headers if pair[0] not in names]
        self.headers += names.items()


def unauthorised() -> Answer:
    """The token is refused, in no words."""
    return _made(401, b"", TEXT)


def instead(rule: "Rule", endpoint: "Endpoint") -> Answer:
    """What comes instead of the authority's answer."""
    if rule.fault in PAGES:
        status, words = PAGES[rule.fault]
        page = b"<html><head><title>%b</title></head><body>%b</body></html>" % (words, words)
        after = {"retry_after": str(int(rule.seconds)).encode()} if rule.seconds else {}
        return _made(status, page, HTML, **after)
    error = {"errorCode": rule.code, "errorDesc": rule.text}
    if rule.fault == "error_in_200":
        return _made(200, ENCODED(NOTHING_COMPUTED | error if endpoint == "post" else error), JSON)
    if rule.fault == "error_in_4xx":
        return _made(rule.status, ENCODED(error), JSON)
    if rule.fault == "problem":
        title = "One or more validation errors occurred."
        problem = {"title": title, "status": rule.status, "errors": {rule.of: [rule.text]}}
        return _made(rule.status, ENCODED(problem), PROBLEM)
    return unauthorised()


def recode(answer: Answer, due: "Iterable[Rule]") -> None:
    """Where a fault wants it the answer is in ISO-8859-1, with an accent no UTF-8 has."""
    for rule in due:
        if rule.fault == "western":
            _change(answer, more={"message": "Opération traitée."})
            named = b"" if rule.of == "silent" else b"; charset=ISO-8859-1"
            body = answer.body.decode().encode("latin-1", "replace")
            answer.rewrite(body, content_type=b"application/json" + named)


def bend(answer: Answer, due: "Iterable[Rule]") -> None:
    """The answer looks as the faults want it; brotli comes last."""
    rules = list(due)
    names = {rule.fault for rule in rules}
    for rule in rules:
        if rule.fault == "missing_member":
            _change(answer, without=rule.of)
    if "extra_member" in names:
        _change(answer, more=NEWS)
    if "null_error_code" in names and b'"errorCode"' not in answer.body:
        answer.rewrite(re.sub(rb"^{", b'{"errorCode":null,"errorDesc":null,', answer.body))
    if "upper_uid" in names:
        answer.rewrite(UID.sub(lambda found: found[1] + found[2].upper(), answer.body))
    recode(answer, rules)
    if "brotli" in names:
        answer.rewrite(brotli.compress(answer.body), content_encoding=b"br")


def _change(answer: Answer, more: "dict[str, Any] | None" = None, without: str = "") -> None:
    """A JSON object in the answer has more members, or lacks one; amounts stay exact."""
    try:
        members = json.loads(answer.body, parse_float=Decimal, parse_int=Decimal)
    except ValueError:
        return
    if isinstance(members, dict):
        kept = {name: value for name, value in members.items() if name != without}
        answer.rewrite(ENCODED({**kept, **(more or {})}))


def _made(status: int, body: bytes, kind: bytes, **headers: bytes) -> Answer:
    answer = Answer(status)
    answer.rewrite(body, content_type=kind, **headers)
    return answer
