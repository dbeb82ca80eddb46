"""Whether an indicator is any good: signals, what came after them, sweeps, export."""
