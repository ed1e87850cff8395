"""Rules that somebody changed."""
