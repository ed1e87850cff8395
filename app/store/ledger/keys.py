from sqlmodel import Session, col, select

from app.store.tables.ledger import SigningKey


def signing_keys(session: Session) -> list[SigningKey]:
    """Every public key of every sealing party, oldest first."""
    return list(
        session.exec(select(SigningKey).order_by(col(SigningKey.not_before), col(SigningKey.kid)))
    )


def publish_key(session: Session, key: SigningKey) -> None:
    """The key is published; one that was published before stays as it was."""
    if session.get(SigningKey, key.kid) is None:
        session.add(key)
