"""Tills: enrolled, opened, heard of, and what they cannot finish."""
