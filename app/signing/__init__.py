"""Signers: who seals, behind one port."""
