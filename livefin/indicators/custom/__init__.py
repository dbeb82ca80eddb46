"""A person's own function or class as an indicator."""
