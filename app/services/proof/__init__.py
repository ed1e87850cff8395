"""The proof of the ledger: exports, their verification, and the check of the store."""
