"""The articles of an outlet."""

from sqlmodel import Session, col, select

from app.store.tables import Article


def put_articles(session: Session, *articles: Article) -> None:
    """The articles stand as given, whether new or not."""
    for article in articles:
        session.merge(article)


def articles_of(session: Session, outlet_id: str) -> list[Article]:
    """What the outlet sells, by shelf and name."""
    query = select(Article).where(Article.outlet_id == outlet_id)
    return list(session.exec(query.order_by(col(Article.category), col(Article.name))))
