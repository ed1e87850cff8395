"""Terminals and the tablets at them."""
