"""HTTP: by who asks."""
