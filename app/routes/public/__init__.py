"""What anybody may ask: verification, papers, keys, health."""
