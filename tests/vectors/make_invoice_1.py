"""Prints invoice-1.json again: `python -m tests.vectors.make_invoice_1`."""

import json
import sys

import rfc8785

from app.fiscal.canonical import canonical, digest
from tests.given.requests import SALE_ID, SELLER, canonical_invoice, example_request, read


def main() -> None:
    request = example_request()
    data = canonical(canonical_invoice(request, SALE_ID))
    if data != rfc8785.dumps(json.loads(data)):
        sys.exit("the two canonicalisers disagree")
    vector = {
        "about": "The example of the API: the request, and the canonical invoice it becomes.",
        "generator": "tests/vectors/make_invoice_1.py (app.fiscal); rfc8785 0.1.4 agreed",
        "given": {
            "sale_id": SALE_ID,
            "request": request,
            "seller": SELLER.document(),
            "source": "api",
            "submitted_by": "K1",
            "tax_table": "CD-2026-02",
        },
        "expected": {
            "request_hash": read(request).request_hash,
            "payload_hash": digest(data),
            "canonical": data.decode(),
        },
    }
    sys.stdout.write(json.dumps(vector, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
