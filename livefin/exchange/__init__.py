"""The embedded exchange."""
