"""Paper: what an invoice says, on a screen, on an A4 page and on a roll."""
