"""The ledger: how a sale is sealed into it, and how facts are written beside."""
