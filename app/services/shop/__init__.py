"""What a shop sells and to whom, as its tills follow it."""
