"""The pages of managers and operators."""
