"""Whose keys a verification believes: those given beside the file, or those inside it."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from app.fiscal.canonical import decode
from app.fiscal.errors import NotCanonical, VerificationFailed
from app.fiscal.verification import PublicKey, read_keys, thumbprint

Say = Callable[[str], None]


class Unreadable(Exception):
    """The file is none of ours; nothing can be said of it."""


def keys_beside(path: Path, say: Say) -> dict[str, PublicKey]:
    """The keys of a JWK set on disk.

    Raises:
        Unreadable: it is none.
    """
    try:
        keys = read_keys(decode(path.read_bytes()))
    except (OSError, NotCanonical) as error:
        raise Unreadable(f"{path} : {error}") from error
    say(f"Clés prises dans {path}")
    return keys


def keys_inside(
    document: Mapping[str, Any], known: Collection[str], say: Say
) -> dict[str, PublicKey]:
    """The keys that a file brings along; `known` are the fingerprints that somebody has compared.

    Raises:
        Unreadable: they are no JWK set.
        VerificationFailed: a key is none of those that are known.
    """
    try:
        keys = read_keys(document)
        prints = [thumbprint(jwk) for jwk in document["keys"]]
    except NotCanonical as error:
        raise Unreadable(str(error)) from error
    for each in prints:
        if known and each not in known:
            raise VerificationFailed(6, "clés", f"l'empreinte {each} n'est pas celle donnée")
    named = f"Clés prises dans le fichier, empreinte {', '.join(prints)}"
    say(f"{named} : celle que vous avez donnée" if known else f"{named} : à comparer")
    return keys
