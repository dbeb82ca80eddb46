"""Turn an indicator's knobs and see what it is worth, beside the chart that draws it."""
