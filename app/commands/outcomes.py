"""What a command ends with, besides 0."""

INVALID, UNREADABLE = 1, 2
