"""What a shop sells, at which rates, and to whom."""
