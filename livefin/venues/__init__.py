"""The venues livefin ships, by name."""
