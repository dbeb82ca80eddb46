"""Whether an indicator tells the truth: look-ahead, repainting, warm-up, stream against batch."""
