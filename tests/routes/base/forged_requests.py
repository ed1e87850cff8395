"""Every request of a tablet, and every way in which a test forges one."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import httpx

from tests.given import requests
from tests.given.shop_as_process import RunningShop
from tests.given.signing_tablet import (
    P256_ORDER,
    Fields,
    SigningTablet,
    components,
    digest_of,
    encoded,
    field_of,
)

PIN: Final = {"cashier_id": "C1", "pin": "1234"}
BEAT: Final = {
    "last_seq": "1", "head": "0" * 64, "outbox": "0", "build": "test", "persisted": True,
    "usage": "1", "quota": "2", "clock_offset": "0",
}  # fmt: skip
ABANDON: Final = {"cashier_id": "M1", "pin": "9876", "act": "abandon", "reason": "Erreur"}
ROUTES: Final[dict[str, tuple[str, str, Any]]] = {
    "the context": ("GET", "/caisse/contexte.json", None),
    "the articles": ("GET", "/caisse/articles.json", None),
    "the clients": ("GET", "/caisse/clients.json", None),
    "opening": ("POST", "/caisse/ouvrir", PIN),
    "closing": ("POST", "/caisse/fermer", {}),
    "approving": ("POST", "/caisse/approuver", {**ABANDON, "sale_id": "{sale}"}),
    "a heartbeat": ("PUT", "/api/v1/devices/{device}/heartbeat", BEAT),
    "a sale": ("PUT", "/api/v1/invoices/{sale}", requests.sale_request()),
    "an answer": ("GET", "/api/v1/invoices/{sale}", None),
    "an original": ("PUT", "/api/v1/invoices/{sale}/prints/original", {}),
    "a copy": ("PUT", "/api/v1/invoices/{sale}/prints/{sale}", {}),
}
"""Every address that a tablet signs for."""


@dataclass
class Asked:
    """A request about to be signed and sent; a forgery changes one thing of it."""

    tablet: SigningTablet
    method: str
    url: httpx.URL
    body: bytes

    def fields(self) -> Fields:
        """What an honest tablet signs."""
        return components(self.method, self.url, self.body, 1)

    def headers(self) -> dict[str, str]:
        """What an honest tablet sends."""
        return self.tablet.headers(self.method, self.url, self.body)


Forgery = Callable[[Asked], dict[str, str]]


def replaced(asked: Asked, **fields: str) -> dict[str, str]:
    """The request as sent, with other values in what was signed."""
    other = [(name, fields.get(name.strip("@"), value)) for name, value in asked.fields()]
    return asked.headers() | asked.tablet.signature(other)


def _of_another_request(asked: Asked) -> dict[str, str]:
    url = asked.url.copy_with(path="/caisse/elsewhere")
    other = Asked(asked.tablet, asked.method, url, asked.body).headers()
    return asked.headers() | {name: other[name] for name in ("Signature", "Signature-Input")}


def _without(missing: str) -> Forgery:
    return lambda asked: {name: value for name, value in asked.headers().items() if name != missing}


FORGERIES: Final[dict[str, Forgery]] = {
    "the signature of another request came": _of_another_request,
    "the header Signature is missing": _without("Signature"),
    "the header Signature-Input is missing": _without("Signature-Input"),
    "the header Bono-Device-Seq is missing": _without("Bono-Device-Seq"),
    "another method was signed": lambda a: replaced(a, method="DELETE"),
    "another host was signed": lambda a: replaced(a, authority="elsewhere.example"),
    "another path was signed": lambda a: replaced(a, path=a.url.path + "x"),
    "the query was signed with the path": lambda a: replaced(a, path=a.url.path + "?"),
    "another sequence number came": lambda a: a.headers() | {"Bono-Device-Seq": "2"},
    "the sequence number has a zero in front": lambda a: a.headers() | {"Bono-Device-Seq": "01"},
    "another key signed": lambda a: (
        a.headers()
        | {"Signature": Asked(SigningTablet(), a.method, a.url, a.body).headers()["Signature"]}
    ),
    "the key is unknown": lambda a: Asked(SigningTablet(), a.method, a.url, a.body).headers(),
    "the components stand in another order": lambda a: (
        a.headers() | a.tablet.signature(a.fields()[::-1])
    ),
    "one component more was signed": lambda a: (
        a.headers() | a.tablet.signature([*a.fields(), ("host", a.url.netloc.decode())])
    ),
    "the authority was not signed": lambda a: (
        a.headers() | a.tablet.signature([f for f in a.fields() if f[0] != "@authority"])
    ),
    "there is a parameter more": lambda a: (
        a.headers()
        | a.tablet.signature(
            a.fields(),
            f';created=1;keyid="{a.tablet.device_id}";alg="ecdsa-p256-sha256";expires=9',
        )
    ),
    "the algorithm is another": lambda a: (
        a.headers()
        | a.tablet.signature(
            a.fields(), f';created=1;keyid="{a.tablet.device_id}";alg="hmac-sha256"'
        )
    ),
    "the label is another": lambda a: {
        name: value.replace("sig1=", "sig2=") for name, value in a.headers().items()
    },
    "there are two signatures": lambda a: {
        name: f"{value}, {value.replace('sig1', 'sig2')}" if "sig1" in value else value
        for name, value in a.headers().items()
    },
    "the signature is zero": lambda a: a.headers() | {"Signature": field_of(0, 0)},
    "r is the order of the curve": lambda a: a.headers() | {"Signature": field_of(P256_ORDER, 1)},
    "the signature is cut short": lambda a: a.headers() | {"Signature": "sig1=:AAAA:"},
    "the signature is no base64": lambda a: a.headers() | {"Signature": f"sig1=:{'*' * 88}:"},
}  # fmt: skip


OF_BODIES: Final[dict[str, Forgery]] = {
    "the digest was left out of what was signed": lambda a: (
        a.headers() | a.tablet.signature(a.fields()[:-1])
    ),
    "the digest is missing": _without("Content-Digest"),
    "the digest is of another body, and signed": lambda a: (
        replaced(a, **{"content-digest": digest_of(b"{}x")}) | {"Content-Digest": digest_of(b"{}x")}
    ),
    "the digest is of another body, and not signed": lambda a: (
        a.headers() | {"Content-Digest": digest_of(b"{}x")}
    ),
    "the digest is of another kind": lambda a: (
        replaced(a, **{"content-digest": "md5=:1B2M2Y8AsgTpgAmY7PhCfg==:"})
        | {"Content-Digest": "md5=:1B2M2Y8AsgTpgAmY7PhCfg==:"}
    ),
}


def filled(value: Any, tablet: SigningTablet, sale_id: str) -> Any:
    """An address or a document with the tablet and the sale in it."""
    text = json.dumps(value).replace("{device}", tablet.device_id).replace("{sale}", sale_id)
    return json.loads(text)


def asked_for(shop: RunningShop, tablet: SigningTablet, route: str, sale_id: str) -> Asked:
    """That route, asked for by that tablet."""
    method, path, document = filled(ROUTES[route], tablet, sale_id)
    return Asked(tablet, method, shop.http.base_url.join(path), encoded(document))


def sent(shop: RunningShop, asked: Asked, headers: dict[str, str]) -> httpx.Response:
    """The answer to it."""
    return shop.http.request(asked.method, asked.url, content=asked.body or None, headers=headers)
