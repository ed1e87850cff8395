"""What integrators ask for over the API, with a key."""
