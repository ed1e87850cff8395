"""Verifying a probe log in numbered steps, with nothing but its lines and the public keys.

1 read the line and its statement · 2 `previous` equals the hash before it · 3 number and outlet
follow · 4 time not before its predecessor · 5 `since` follows from the states · 6 a signature
parses, is one of `probe/1`, and `kid` is a key of that authority valid then and for that outlet ·
7 the signature holds · 8 it is over this statement · 9 something is signed.

A statement made while the signer did not answer has no signature; the next one that has covers it,
because its `previous` names its hash. The first failure raises; each step has its class.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

from app.fiscal.canonical import digest
from app.fiscal.errors import NotCanonical, VerificationFailed
from app.fiscal.ledger import GENESIS
from app.fiscal.probe import PARTS, PROBE, Statement, lasting, read_line, read_statement
from app.fiscal.seal import NotASeal, Seal, parse_seal
from app.fiscal.verification import PublicKey, SignatureFailed, verify_signature

STEPS: Final[Mapping[int, str]] = {
    1: "lire le relevé",
    2: "suivre l'empreinte précédente",
    3: "suivre le numéro et le point de vente",
    4: "suivre le temps",
    5: "suivre la durée des états",
    6: "trouver la signature et sa clé",
    7: "vérifier la signature",
    8: "comparer la signature au relevé",
    9: "trouver au moins une signature",
}


class ProbeFailed(VerificationFailed):
    """A probe log does not hold; each step has its class."""

    number: ClassVar[int]

    def __init__(self, where: str, detail: str) -> None:
        super().__init__(self.number, where, detail)


class LineUnreadable(ProbeFailed):
    """A line is no line of a probe log."""

    number = 1


class ChainBroken(ProbeFailed):
    """A statement does not name the one before it."""

    number = 2


class NumberSkipped(ProbeFailed):
    """A number or an outlet does not follow."""

    number = 3


class TimeWentBack(ProbeFailed):
    """A statement is older than the one before it."""

    number = 4


class SinceWrong(ProbeFailed):
    """A state is said to last since another time than it does."""

    number = 5


class KeyUnknown(ProbeFailed):
    """A signature is none of `probe/1` under a key that may sign here and then."""

    number = 6


class SignatureWrong(ProbeFailed):
    """A signature does not hold."""

    number = 7


class StatementDiffers(ProbeFailed):
    """A signature is over another statement."""

    number = 8


class NothingSigned(ProbeFailed):
    """No statement of the log is covered by a signature."""

    number = 9


@dataclass(slots=True)
class VerifiedProbes:
    """What was verified: the statements, and how many of them a signature covers."""

    statements: list[Statement] = field(default_factory=list)
    signed: int = 0
    covered: int = 0


def verify_probes(lines: Iterable[bytes], keys: Mapping[str, PublicKey]) -> VerifiedProbes:
    """Every line of the log holds every step.

    Raises:
        VerificationFailed: a `ProbeFailed` with its step.
    """
    verified = VerifiedProbes()
    before = b""
    for count, line in enumerate(lines, start=1):
        try:
            data, signature = read_line(line)
            statement = read_statement(data)
        except NotCanonical as error:
            raise LineUnreadable(f"ligne {count}", str(error)) from error
        where = f"relevé {statement.number}"
        last = verified.statements[-1] if verified.statements else None
        _check_follows(last, before, statement, where)
        verified.statements.append(statement)
        if signature is not None:
            _check_signature(signature, statement, keys, where)
            verified.signed += 1
            verified.covered = count
        before = data
    if verified.signed == 0:
        raise NothingSigned("journal", "aucun relevé n'est signé")
    return verified


def _check_follows(last: Statement | None, before: bytes, statement: Statement, where: str) -> None:
    if statement.previous != (digest(before) if last else GENESIS):
        raise ChainBroken(where, "il ne suit pas l'empreinte du relevé d'avant")
    if statement.number != (last.number + 1 if last else 1):
        raise NumberSkipped(where, "son numéro ne suit pas")
    if last is not None and statement.outlet_id != last.outlet_id:
        raise NumberSkipped(where, "il est d'un autre point de vente")
    if last is not None and statement.at < last.at:
        raise TimeWentBack(where, "il est plus ancien que celui d'avant")
    expected = (
        lasting(last, statement.parts, statement.at) if last else dict.fromkeys(PARTS, statement.at)
    )
    if statement.since != expected:
        raise SinceWrong(where, "un état dure depuis une autre heure")


def _check_signature(
    text: str, statement: Statement, keys: Mapping[str, PublicKey], where: str
) -> None:
    seal = _signature(text, where)
    key = keys.get(seal.header["kid"])
    if key is None:
        raise KeyUnknown(where, f"clé inconnue : {seal.header['kid']}")
    if not key.may_seal(statement.authority, statement.outlet_id, statement.at):
        raise KeyUnknown(where, f"la clé {key.kid} ne vaut pas ici ou pas alors")
    try:
        verify_signature(key.key, seal.signature, seal.signing_input)
    except SignatureFailed as error:
        raise SignatureWrong(where, "la signature ne tient pas") from error
    if seal.statement != statement.document():
        raise StatementDiffers(where, "la signature est celle d'un autre relevé")


def _signature(text: str, where: str) -> Seal:
    try:
        seal = parse_seal(text)
    except NotASeal as error:
        raise KeyUnknown(where, f"signature illisible : {error}") from error
    if seal.statement.get("v") != PROBE:  # a seal is no probe, and a probe no seal
        raise KeyUnknown(where, "ce qui est signé n'est pas un probe/1")
    return seal
