"""Who may do what: principals, tablets, operations, and one function that says no."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

Operation = Literal[
    "invoices:write", "invoices:read", "exports", "webhooks", "deliveries", "metrics"
]
OPERATIONS: Final[tuple[Operation, ...]] = get_args(Operation)


class Forbidden(Exception):
    """The asker may not; `rule` is an `auth.…` or a `scope.…`, `path` the member at fault."""

    def __init__(self, rule: str, path: str, detail: str) -> None:
        self.rule, self.path, self.detail = rule, path, detail
        super().__init__(f"{rule}: {detail}")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: an API key of an outlet, or a tablet of it."""

    name: str
    """`key:…` or `device:…`, the `submitted_by` of an invoice."""
    source: Literal["api", "till"]
    outlet_id: str
    operations: frozenset[str]
    terminal_id: str | None = None
    """A tablet speaks for its own terminal only."""
    people: Mapping[str, str] = field(default_factory=dict)
    """Names by `cashier_id` of people outside the outlet whom this key may name as sellers."""


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A tablet that is or was a terminal, and the key that its requests are signed with."""

    device_id: str
    outlet_id: str
    terminal_id: str
    key: EllipticCurvePublicKey
    replaced: bool
    """Another tablet is this terminal by now; what this one sold is still taken."""
    revoked: bool
    """Its sales are kept for the manager, and it may do nothing else."""

    def principal(self) -> Principal:
        """The tablet as an asker: it speaks for its terminal, and for nobody's cashier.

        A sale that lost its answer under one cashier is sent again, byte for byte, when another
        has opened the till; it must not be refused for the name inside it.
        """
        return Principal(
            name=f"device:{self.device_id}",
            source="till",
            outlet_id=self.outlet_id,
            operations=frozenset({"invoices:write", "invoices:read"}),
            terminal_id=self.terminal_id,
        )


def may(principal: Principal, operation: Operation, outlet_id: str | None = None) -> None:
    """The principal may do this, in that outlet.

    Raises:
        Forbidden: `scope.operation` or `scope.outlet`.
    """
    if operation not in principal.operations:
        raise Forbidden("scope.operation", "", "Cette clé n'a pas ce droit.")
    if outlet_id is not None and outlet_id != principal.outlet_id:
        raise Forbidden(
            "scope.outlet", "/outlet_id", "Cette clé est celle d'un autre point de vente."
        )


def check_sale_scope(
    principal: Principal,
    *,
    outlet_id: str,
    merchant_nif: str,
    terminal_id: str,
    known_nif: str,
    known_terminals: frozenset[str],
) -> None:
    """The sale is of the principal's outlet, merchant and terminal.

    Raises:
        Forbidden: `scope.outlet`, `scope.merchant` or `scope.terminal`.
    """
    may(principal, "invoices:write", outlet_id)
    if merchant_nif != known_nif:
        raise Forbidden(
            "scope.merchant", "/merchant_nif", "Ce NIF n'est pas celui du point de vente."
        )
    if terminal_id not in known_terminals and terminal_id != principal.terminal_id:
        raise Forbidden("scope.terminal", "/pos_terminal_id", "Cette caisse n'est pas connue ici.")
    if principal.terminal_id not in (None, terminal_id):
        raise Forbidden("scope.terminal", "/pos_terminal_id", "Cette caisse parle pour une autre.")


def check_seller(
    principal: Principal, people: Mapping[str, str], cashier_id: str, operator: str
) -> None:
    """`cashier_id` is one of the outlet's `people` or of the key's own, and `operator` that name.

    SFE 1.2.1 w: the operator's name stands on the paper, so nobody invents one at a sale.

    Raises:
        Forbidden: `scope.person`.
    """
    name = people.get(cashier_id, principal.people.get(cashier_id))
    if name is None:
        raise Forbidden("scope.person", "/cashier_id", "Cette personne ne vend pas ici.")
    if operator != name:
        raise Forbidden("scope.person", "/operator", "Ce nom n'est pas celui de cette personne.")
