"""The files of the law that this program carries: constants that people read and edit as files.

The one module of the core that reads anything: what is packed beside it, once, when it is loaded.
"""

import json
from importlib.resources import files
from typing import Any, Final

_SHIPPED: Final = files("app.fiscal").joinpath("law")


def shipped(form: str) -> list[Any]:
    """The documents of that form (`tax-table/1`), by the names of their files."""
    documents = [
        json.loads(file.read_bytes())
        for file in sorted(_SHIPPED.iterdir(), key=lambda file: file.name)
    ]
    return [document for document in documents if document["v"] == form]
