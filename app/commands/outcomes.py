"""What a command ends with, besides 0."""

INVALID, UNREADABLE, KEYS_UNKNOWN = 1, 2, 3
"""`KEYS_UNKNOWN`: all holds, by keys that nobody has compared."""
