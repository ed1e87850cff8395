"""The articles and rates of an outlet, and which of them changed since a cursor.

Every changed article takes the next number of its outlet. Whoever writes holds the outlet's row,
so numbers are committed in their order: who has seen one has seen all before it.
"""

from collections.abc import Collection
from typing import Any

from sqlmodel import Session, col, func, select

from app.store.outlets import hold_outlet
from app.store.tables.shop import Article


def put_articles(session: Session, *articles: Article) -> None:
    """The articles stand as given, whether new or not; the cursor moves for those that changed."""
    for outlet_id in sorted({article.outlet_id for article in articles}):
        hold_outlet(session, outlet_id)
        last = last_article_change(session, outlet_id)
        for article in articles:
            if article.outlet_id == outlet_id and _differs(session, article):
                last += 1
                session.merge(Article(**_members(article), changed=last))


def _differs(session: Session, article: Article) -> bool:
    known = session.get(Article, (article.outlet_id, article.code))
    return known is None or not known.changed or _members(known) != _members(article)


def _members(article: Article) -> dict[str, Any]:
    """All that an article says, without its cursor."""
    return article.model_dump(exclude={"changed"})


def remove_articles(session: Session, outlet_id: str, codes: Collection[str]) -> None:
    """These articles are no longer sold, and the tills hear so."""
    hold_outlet(session, outlet_id)
    last = last_article_change(session, outlet_id)
    for code in sorted(codes):
        row = session.get(Article, (outlet_id, code))
        if row is not None and not row.gone:
            last += 1
            row.gone, row.changed = True, last
    session.flush()


def last_article_change(session: Session, outlet_id: str) -> int:
    """The cursor of the outlet's newest change; 0 before the first."""
    newest = select(func.max(Article.changed)).where(Article.outlet_id == outlet_id)
    return session.exec(newest).one() or 0


def articles_since(session: Session, outlet_id: str, since: int, count: int) -> list[Article]:
    """At most `count` articles that changed after that cursor, in the order of their changes."""
    query = (
        select(Article)
        .where(Article.outlet_id == outlet_id, Article.changed > since)
        .order_by(col(Article.changed))
        .limit(count)
    )
    return list(session.exec(query))


def shelves_of(session: Session, outlet_id: str) -> list[str]:
    """The categories of what the outlet sells, in no order."""
    query = select(Article.category).where(
        Article.outlet_id == outlet_id, col(Article.gone).is_(False)
    )
    return list(session.exec(query.distinct()))
