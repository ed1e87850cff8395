"""What a paper is made from, and the two reasons why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal


class NoPaper(Exception):
    """The sale cannot be printed as an invoice."""


class NotAnInvoice(NoPaper):
    """The control module has not answered, and the outlet's mode wants both layers (SFE 1.1.5)."""

    def __init__(self) -> None:
        super().__init__("Facture en attente de la DGI.")


class PaperDisagrees(NoPaper):
    """The invoice, its statement and the answer of the control module do not say the same."""

    def __init__(self, member: str) -> None:
        self.member = member
        super().__init__(f"Les éléments de la facture ne concordent pas : {member}.")


@dataclass(frozen=True, slots=True)
class Paper:
    """Everything a paper may show.

    `invoice` is the decoded `invoice/1`, `statement` the decoded `seal/1`, `normalised` the decoded
    `normalised/1` or None; `qr_payload` is the address with the seal in its fragment.
    """

    invoice: Mapping[str, Any]
    statement: Mapping[str, Any]
    auth_code: str
    qr_payload: str
    normalised: Mapping[str, Any] | None
    legal_mode: Literal["strict", "platform"]
    duplicate: bool
    septante: bool = True


def check(paper: Paper) -> None:
    """The paper may be printed as an invoice: its layers are there and agree (SFE 1.1.4, 1.1.5).

    Raises:
        NotAnInvoice: strict mode without the answer of the control module.
        PaperDisagrees: the layers contradict each other.
    """
    if paper.normalised is None and paper.legal_mode != "platform":
        raise NotAnInvoice
    invoice, statement = paper.invoice, paper.statement
    for member in ("merchant_nif", "outlet_id", "invoice_type"):
        if invoice[member] != statement[member]:
            raise PaperDisagrees(member)
    if invoice["totals"]["total"] != statement["total"]:
        raise PaperDisagrees("total")
    if paper.normalised and paper.normalised["fiscal_number"] != statement["fiscal_number"]:
        raise PaperDisagrees("fiscal_number")


_TEST_ISF: Final = "TEST"
_TEST_CODE: Final = "TEST-FACT-URES-"


def is_specimen(paper: Paper) -> bool:
    """The paper comes from a test environment, ours or the DGI's: it is worth nothing.

    The DGI's test platform begins every code with `TESTFACTURES`; software that has no number of
    the DGI yet has an ISF that begins with `TEST`.
    """
    code = paper.normalised["code_def_dgi"] if paper.normalised else ""
    return code.startswith(_TEST_CODE) or paper.invoice["seller"]["isf"].startswith(_TEST_ISF)
