"""Cases, and the decisions that two people take."""
