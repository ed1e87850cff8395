"""Every way the core says no. A failed check raises; it never returns False."""

from collections.abc import Iterable


class FiscalError(Exception):
    """The root of what the core raises."""


def _encodable(text: str) -> str:
    """The same text with lone surrogates spelled out: a refusal can always be sent."""
    return text.encode(errors="backslashreplace").decode()


class InvalidInvoice(FiscalError):
    """A sale breaks a rule; nothing was stored.

    `rule` is a clause (`SFE-1.1.19`) or a format rule (`format.decimal`), `path` the JSON pointer
    of the member, `detail` a French sentence; `others` are the refusals of further members.
    """

    def __init__(self, rule: str, path: str, detail: str) -> None:
        self.rule, self.path, self.detail = rule, _encodable(path), _encodable(detail)
        self.others: tuple[InvalidInvoice, ...] = ()
        super().__init__(f"{rule} {self.path or '/'}: {self.detail}")

    def each(self) -> tuple["InvalidInvoice", ...]:
        """This refusal and those of further members, in the order in which they were found."""
        return (self, *self.others)


def refuse_all(faults: Iterable[InvalidInvoice]) -> None:
    """There are no such faults.

    Raises:
        InvalidInvoice: the first, with all others: who corrects one member at a time asks as often
            as there are faults.
    """
    found = [one for fault in faults for one in fault.each()]
    if found:
        first = found[0]
        first.others = tuple(found[1:])
        raise first


class NotCanonical(FiscalError):
    """The input lies outside the restricted RFC 8785 of our documents."""


class DuplicateMember(NotCanonical):
    """A member of an object stands twice; `path` is its JSON pointer."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"the member {path} stands twice")


class SealRefused(FiscalError):
    """The signer cannot seal now; the sale is not stored and may be sent again."""

    reason = "signer.refused"
    sentence = (
        "La facture n'a pas pu être scellée. Renvoyez la même vente : elle ne sera pas doublée."
    )
    """For people."""
    passing = True
    """It may be over in a second: who asked may ask again at once."""


class ClockRollback(SealRefused):
    """The clock started more than 5 seconds behind the last entry and nobody confirmed it."""

    reason = "signer.clock-rollback"
    sentence = (
        "L'horloge du serveur est en retard sur la dernière écriture. Rien n'est scellé avant "
        "qu'elle soit juste ; les ventes restent sur les tablettes. Appelez l'assistance."
    )
    passing = False


class ClockAhead(SealRefused):
    """The clock started so far ahead of all that is known that nobody may believe it alone."""

    reason = "signer.clock-ahead"
    sentence = (
        "L'horloge du serveur est très en avance sur la dernière écriture. Rien n'est scellé avant "
        "qu'elle soit juste ou confirmée ; les ventes restent sur les tablettes. Appelez "
        "l'assistance."
    )
    passing = False


class ClockBeforeRelease(SealRefused):
    """The clock says a time at which this software did not exist."""

    reason = "signer.clock-before-release"
    sentence = (
        "L'horloge du serveur dit une date plus ancienne que ce logiciel. Rien n'est scellé avant "
        "qu'elle soit juste ; les ventes restent sur les tablettes. Appelez l'assistance."
    )
    passing = False


class KeyMissing(SealRefused):
    """The key that seals is not there, and nobody asked for a new one."""

    reason = "signer.no-key"
    sentence = (
        "La clé qui scelle les factures est introuvable. Rien n'est scellé ; les ventes restent "
        "sur les tablettes. Appelez l'assistance."
    )
    passing = False


class OtherKey(SealRefused):
    """The key at hand is not the one that the series name, and nobody approved it."""

    reason = "signer.other-key"
    sentence = (
        "La clé qui scelle n'est plus celle de ce grand livre. Rien n'est scellé ; les ventes "
        "restent sur les tablettes. Appelez l'assistance."
    )
    passing = False


class SignerBusy(SealRefused):
    """The signer did not answer, or answered something that does not verify."""

    reason = "signer.busy"


class SeriesExhausted(SealRefused):
    """The counter of the series has no number left (eight digits)."""

    reason = "signer.series-exhausted"


class LedgerBroken(FiscalError):
    """Fatal for one outlet: it stops sealing, keeps serving reads, and alarms."""


class Quarantined(LedgerBroken):
    """Entries of this outlet are known elsewhere and missing here: nothing more is written."""


class NumberGap(LedgerBroken):
    """A position or counter does not follow the one before it."""


class ForkDetected(LedgerBroken):
    """Two entries claim the same place."""


class ChainMismatch(LedgerBroken):
    """An entry does not name the hash before it."""


class VerificationFailed(FiscalError):
    """A proof does not hold. `step` is the number of the step of `proof.STEPS`."""

    def __init__(self, step: int, where: str, detail: str) -> None:
        self.step, self.where, self.detail = step, where, detail
        super().__init__(f"étape {step}, {where} : {detail}")
