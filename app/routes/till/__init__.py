"""What a till asks for."""
