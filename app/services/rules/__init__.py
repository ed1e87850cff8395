"""The rules that a manager or an operator may change."""
