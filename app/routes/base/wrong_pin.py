"""What people read when a PIN is not the right one, at the till and on the manager's pages."""

from app.services.people.pins import LockedOut, WrongPin


def wrong_pin_words(result: WrongPin | LockedOut) -> str:
    """How many tries are left, or how long to wait."""
    if isinstance(result, LockedOut):
        return f"Trop d’essais. Attendez {result.seconds} secondes, puis réessayez."
    tries = "1 essai" if result.left == 1 else f"{result.left} essais"
    return f"Ce code n’est pas le bon. Encore {tries}."
