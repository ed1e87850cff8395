"""Secrets that we keep only the hash of."""

import hashlib


def hash_secret(secret: str) -> str:
    """SHA-256 of a secret of 256 random bits, as the store holds it."""
    return hashlib.sha256(secret.encode()).hexdigest()
