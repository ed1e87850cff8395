"""Verifying a probe log with nothing but the file and the keys: no database, no network."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.fiscal.canonical import decode
from app.fiscal.errors import NotCanonical
from app.fiscal.probe import Outage, outages
from app.fiscal.probe_proof import verify_probes
from app.fiscal.verification import PublicKey
from app.services.proof.known_keys import Unreadable, keys_beside, keys_inside

Say = Callable[[str], None]
MOST_LINE = 1 << 20
"""Bytes of one line: a statement has far fewer, and many keys fit."""


@dataclass(frozen=True, slots=True)
class VerifiedLog:
    """What a probe log proves."""

    probes: int
    signed: int
    uncovered: int
    """At its end, made while the signer did not answer: no later signature covers them."""
    outages: tuple[Outage, ...]

    @property
    def words(self) -> str:
        """What a person reads of it."""
        return (
            f"{self.probes} relevés, {self.signed} signés, {len(self.outages)} pannes, "
            f"{self.uncovered} pas encore couverts par une signature"
        )


def is_probe_log(path: Path) -> bool:
    """Whether the file begins as a probe log does; what is no such file is another's to judge."""
    try:
        with path.open("rb") as file:
            return file.read(1) == b"{"
    except OSError:
        return False


def verify_probe_log(
    path: Path, keys_path: Path | None, say: Say, known: Collection[str] = ()
) -> VerifiedLog:
    """Every line of the log holds; `say` gets each step as it ends.

    Raises:
        Unreadable: no keys, or they are no JWK set.
        VerificationFailed: with the step.
    """
    try:
        with path.open("rb") as file:
            lines = _lines(file)
            first = next(lines, b"")
            inside = _keys_inside(first)
            keys = _keys(keys_path, inside, known, say)
            verified = verify_probes(lines if inside else _with(first, lines), keys)
    except OSError as error:
        raise Unreadable(f"{path} : {error}") from error
    say("Étapes 1 à 9 tenues : chaîne, temps, états et signatures")
    count = len(verified.statements)
    return VerifiedLog(
        probes=count,
        signed=verified.signed,
        uncovered=count - verified.covered,
        outages=tuple(outages(verified.statements)),
    )


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    while line := file.readline(MOST_LINE + 1):
        if len(line) > MOST_LINE:
            raise Unreadable("une ligne est trop longue")
        yield line


def _with(first: bytes, lines: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from lines


def _keys_inside(line: bytes) -> Mapping[str, object] | None:
    """The JWK set of the first line, when it is one."""
    try:
        document = decode(line)
    except NotCanonical:
        return None
    return document if type(document) is dict and set(document) == {"keys"} else None


def _keys(
    path: Path | None, inside: Mapping[str, object] | None, known: Collection[str], say: Say
) -> dict[str, PublicKey]:
    if path is not None:
        return keys_beside(path, say)
    if inside is None:
        raise Unreadable("le journal ne porte pas de clés : donnez --keys")
    return keys_inside(inside, known, say)
