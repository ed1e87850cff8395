"""Addresses that a webhook may go to: those of the public internet, and no others.

The name is resolved when the connection is made and the connection goes to the very address that
was checked: a name that means another machine a second later (DNS rebinding) changes nothing.
"""

import socket
from ipaddress import ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

_NOT_PUBLIC: Final = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  # private (RFC 1918)
        "100.64.0.0/10",  # shared by a provider's customers (RFC 6598)
        "127.0.0.0/8",  # this machine
        "169.254.0.0/16",  # this link, where clouds keep their secrets
        "192.0.0.0/24", "192.88.99.0/24",  # protocols, 6to4 relays
        "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",  # documentation
        "198.18.0.0/15",  # benchmarks
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "2001::/23",  # Teredo, ORCHID and other protocols
        "2001:db8::/32", "3fff::/20",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
    )
)  # fmt: skip
_GLOBAL: Final = ip_network("2000::/3")
"""Outside it, IPv6 has only local, mapped, translated and reserved addresses."""

MOST_CHARACTERS: Final = 500


class AddressRefused(Exception):
    """Nothing is sent there; the text says why, in French."""


def is_public(text: str) -> bool:
    """True for an IP address of the public internet."""
    address = ip_address(text.partition("%")[0])
    if address.version == 6 and address not in _GLOBAL:  # noqa: PLR2004 - IPv6
        return False
    return not any(address in network for network in _NOT_PUBLIC)


def resolve(host: str, port: int) -> list[str]:
    """The IP addresses that the name has now, in the order to try them.

    Raises:
        OSError: it has none, or nobody could tell.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def refuse_private(addresses: list[str]) -> list[str]:
    """The same addresses, all of them public.

    Raises:
        AddressRefused: one of them is not: then none is used.
    """
    if not all(is_public(address) for address in addresses):
        raise AddressRefused("Cette adresse est celle d'un réseau privé : rien n'y est envoyé.")
    return addresses


def check_url(url: str, *, private: bool) -> None:
    """A webhook may be told at that address; a name that nobody knows today may be known later.

    `private` admits addresses of this machine and its network, and plain HTTP.

    Raises:
        AddressRefused: it is not HTTPS, names a user, or leads to a private address.
    """
    host, port = _parts(url, private=private)
    if private:
        return
    try:
        refuse_private(resolve(host, port))
    except OSError:
        return


def _parts(url: str, *, private: bool) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise AddressRefused("Ce n'est pas une adresse du web.") from error
    if len(url) > MOST_CHARACTERS or not url.isascii() or not url.isprintable() or " " in url:
        raise AddressRefused("Ce n'est pas une adresse du web.")
    if parts.scheme not in ({"https", "http"} if private else {"https"}):
        raise AddressRefused("L'adresse doit commencer par https://.")
    if not host or port == 0 or parts.username is not None or "#" in url:
        raise AddressRefused("L'adresse ne porte ni nom d'utilisateur ni fragment (#).")
    return host, port or 443
