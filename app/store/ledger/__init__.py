"""The ledger: entries, the sales read back from them, and published keys."""
