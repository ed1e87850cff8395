"""What the product does, by subject: plain functions."""
