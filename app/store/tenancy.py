"""Whose rows these are, and the one place that says what belongs to nobody.

A merchant (`merchant.nif`) owns outlets and control modules; an outlet is one merchant's, and every
table that names an outlet is owned through it: people, keys of the API, rules, entries, exports.
A function that reads rows of an outlet is given that outlet; whoever means all of them says
`EVERYWHERE`, and stands in `ACROSS_OUTLETS` where nothing else could name one.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, true

EVERYWHERE: Final = "*"
"""Every outlet of every merchant; as the scope of a rule: wherever no outlet has its own."""

OF_MERCHANTS: Final[Mapping[str, str]] = {
    "merchant": "nif",
    "outlet": "merchant_nif",
    "control_module": "nif",
}
"""By table, the column that names its merchant; all other tables but `OF_NOBODY` name an outlet."""

OF_NOBODY: Final[Mapping[str, str]] = {
    "signing_key": "Whoever verifies a paper needs the public keys of every sealing party.",
    "setting": "Its scope is an outlet, or EVERYWHERE for a rule that holds where none is set.",
    "law_act": "The law is the same for every merchant.",
    "operator_link": "An operator watches over all outlets.",
    "operator_session": "An operator watches over all outlets.",
    "turn": "A job is done for the whole deployment by one process at a time.",
}
"""By table, why its rows are no merchant's."""

ACROSS_OUTLETS: Final[Mapping[str, str]] = {
    "dgi.deliveries.unfinished": "A process that stops says how much is left in all.",
    "dgi.queues._queued": "Its callers name the control module.",
    "dgi.queues.due_modules": "The agent serves every module that has something due.",
    "ledger.entries.authorities": "The probe log looks at each outlet that somebody seals for.",
    "ledger.entries.outlets_without": "The law is the same for all, and every ledger says it.",
    "ledger.sales._state": "Its callers found the sale, and with it the outlet.",
    "ledger.sales._with_status": "It narrows the query of an outlet.",
    "ledger.sales.sale_of_number": "A stranger verifies a paper by its fiscal number alone.",
    "messages.listeners.what_to_publish": "The publisher looks where anything is new.",
    "messages.listeners._with_addresses": "The publisher looks who wants to be told.",
    "messages.listeners._with_endpoints": "The publisher looks who wants to be told.",
    "messages.messages.claim": "A sender takes whatever is due longest.",
    "messages.messages.next_due": "A sender sleeps until anything is due.",
    "messages.messages.of_remote": "WhatsApp reports by its own id of a message.",
    "outlets.outlet_ids": "It names the outlets.",
    "proof.exports.unfinished": "A process that starts makes again what was left half made.",
}
"""By function of the store, why it reads rows of outlets that it is not given."""


def within(column: Any, outlet_id: str) -> ColumnElement[bool]:
    """The condition that a row is that outlet's; true for all with `EVERYWHERE`."""
    if outlet_id == EVERYWHERE:
        return true()
    condition: ColumnElement[bool] = column == outlet_id
    return condition
