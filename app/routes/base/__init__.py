"""What all routes share: who asks, what came, how it is answered."""
