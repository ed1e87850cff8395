"""The OpenAPI document as it leaves: each named shape once, every member with its words."""

import tomllib
from pathlib import Path
from typing import Any, Final

from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Tag

from app.routes.base.openapi.message_shapes import webhooks
from app.routes.base.request import Asked

_WORDS: Final[dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("members.toml").read_text(encoding="utf-8")
)
TAGS: Final = [
    Tag(name=name, description=words)
    for name, words in {
        "invoices": "Émettre, relire et envoyer des factures",
        "exports": "Le grand livre d’un point de vente, à vérifier par un tiers",
        "webhooks": "Être averti de ce que fait un point de vente",
        "outages": "Les pannes attestées, et ce qui peut être vendu",
        "verification": "Vérifier une facture ou un sceau, sans clé",
        "tables": "Les tables fiscales datées",
        "tablets": "Ce que seule une tablette inscrite demande",
        "health": "L’état du processus",
    }.items()
]


class _Named:
    """Collects the shapes that have a name."""

    def __init__(self) -> None:
        self.schemas: dict[str, Any] = {}

    def lift(self, node: Any) -> Any:
        """The node, with a reference wherever a named shape stood."""
        if isinstance(node, list):
            return [self.lift(one) for one in node]
        if not isinstance(node, dict):
            return node
        lifted = {name: self.lift(value) for name, value in node.items() if name != "properties"}
        if "properties" in node:
            lifted["properties"] = {
                name: _described(name, self.lift(value))
                for name, value in node["properties"].items()
            }
        if "title" not in lifted or "type" not in lifted:
            return lifted
        known = self.schemas.setdefault(lifted["title"], lifted)
        if known != lifted:
            raise ValueError(f"two shapes are called {lifted['title']}")
        return {"$ref": f"#/components/schemas/{lifted['title']}"}


def _described(name: str, shape: dict[str, Any]) -> dict[str, Any]:
    if "description" in shape or "$ref" in shape or name not in _WORDS:
        return shape
    return {**shape, "description": _WORDS[name]}


def named(document: dict[str, Any]) -> dict[str, Any]:
    """The document with a schema for each named shape, and the section `webhooks`."""
    shapes = _Named()
    lifted = {
        name: shapes.lift(value) if name == "paths" else value for name, value in document.items()
    }
    lifted["webhooks"] = shapes.lift(webhooks())
    lifted["components"] = {
        **document.get("components", {}),
        "schemas": dict(sorted(shapes.schemas.items())),
    }
    return lifted


class NamedShapes(JsonRenderPlugin):
    """The document at `/schema`."""

    def render(self, request: Asked, openapi_schema: dict[str, Any]) -> bytes:
        """The bytes of it."""
        return self.render_json(request, named(openapi_schema))
