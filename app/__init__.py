"""Bono Pay: legal invoices for shops in the DR Congo, and the proof of them."""
