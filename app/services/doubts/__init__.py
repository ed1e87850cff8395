"""Sales in doubt: shown, decided by two people, settled."""
