"""What TA-Lib says of its functions, and how they are drawn. Used by ta."""
