"""Papers of a sale: made, printed, claimed, verified."""
