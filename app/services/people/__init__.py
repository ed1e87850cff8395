"""People: their PINs, names, sessions and tokens."""
