"""`/regles`: what a refusal means, for whoever reads its `type`."""

from typing import Final

from litestar import get
from litestar.params import FromPath
from litestar.response import Template

from app.routes.base.problems import NotFound
from app.routes.base.refusal_words import CHAPTERS, RULES, Chapter, preferred
from app.routes.base.request import Asked

_KEPT: Final = {"Cache-Control": "public, max-age=300", "Vary": "Accept-Language"}


def _page(request: Asked, chapters: tuple[Chapter, ...], rule: str = "") -> Template:
    language = preferred(request.headers.get("accept-language", ""))
    return Template(
        "rules.html",
        context={"chapters": chapters, "language": language, "rule": rule},
        headers={**_KEPT, "Content-Language": language},
    )


@get("/regles", sync_to_thread=False, include_in_schema=False)
def rules_page(request: Asked) -> Template:
    """Every rule that a refusal may name, with its words."""
    return _page(request, CHAPTERS)


@get("/regles/{rule:str}", sync_to_thread=False, include_in_schema=False)
def rule_page(request: Asked, rule: FromPath[str]) -> Template:
    """What that rule means; the `type` of a problem document leads here."""
    if rule not in RULES:
        raise NotFound
    chapter = next(chapter for chapter in CHAPTERS if rule in chapter.rules)
    return _page(request, (Chapter(chapter.title, {rule: RULES[rule]}),), rule)


ROUTES: Final = (rules_page, rule_page)
"""The routes of this module, for the server."""
