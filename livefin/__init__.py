"""livefin: live market data in Jupyter."""
