"""Oracles of averages of the price and of where the volume lies, by exact.py, in decimals."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction

from exact import close, column, exactly, paid, session_of, weighed


@exactly(needs=close)
def alma(rows, *, n, offset, sigma, whole):
    if len(rows) < n:
        return (None,)
    top = Decimal(offset) * (n - 1)
    top = Decimal(int(top)) if whole else top
    wide = n / Decimal(sigma)
    weights = [(-((i - top) ** 2) / (2 * wide**2)).exp() for i in range(n)]
    closes = column(rows[-n:], "close")
    return (sum(w * x for w, x in zip(weights, closes, strict=True)) / sum(weights),)


@exactly(needs=weighed)
def rolling_vwap(rows, *, n, price):
    held = rows[-n:]
    weight = sum(Decimal(max(row.volume, 0.0)) for row in held)
    if len(held) < n or not weight:
        return (None,)
    return (sum(paid(row, price) * Decimal(max(row.volume, 0.0)) for row in held) / weight,)


@exactly(needs=weighed)
def vwap(rows, *, anchor, bands, tz, session):
    nothing = (None,) * (1 + 2 * len(bands))
    if not rows:
        return nothing
    assert anchor in {"all", "session"}
    held = rows
    if anchor == "session":
        first, today = len(rows), session_of(rows[-1], tz, session)
        while first and session_of(rows[first - 1], tz, session) == today:
            first -= 1
        held = rows[first:]
    held = [row for row in held if row.volume > 0]
    weight = sum(column(held, "volume"))
    if not weight:
        return nothing
    weighed = [(Decimal(row.volume), paid(row)) for row in held]
    middle = sum(w * x for w, x in weighed) / weight
    away = (sum(w * (x - middle) ** 2 for w, x in weighed) / weight).sqrt()
    lines = [middle]
    for width in bands:
        lines += [middle + Decimal(width) * away, middle - Decimal(width) * away]
    return tuple(lines)


@exactly(needs=weighed)
def volume_profile(rows, *, n, over, bps, share, tz, session):
    if over == "session" and rows:
        today = session_of(rows[-1], tz, session)
        rows = [row for row in rows if session_of(row, tz, session) == today]
    elif len(rows) < n:
        return None, None, None
    else:
        rows = rows[-n:]
    width = (1 + Decimal(bps) / 10_000).ln()
    volumes = Counter()
    for row in rows:
        volumes[int((paid(row).ln() / width).to_integral_value("ROUND_FLOOR"))] += Fraction(
            row.volume
        )
    volumes = {place: volume for place, volume in volumes.items() if volume}
    if not volumes:
        return None, None, None
    control = min(place for place in volumes if volumes[place] == max(volumes.values()))
    inside = {control}
    while sum(volumes[place] for place in inside) < Fraction(share) * sum(volumes.values()):
        above = min((place for place in volumes if place > max(inside)), default=None)
        below = max((place for place in volumes if place < min(inside)), default=None)
        inside.add(above if volumes.get(above, 0) >= volumes.get(below, 0) else below)
    edges = (Decimal(control) + Decimal("0.5"), Decimal(max(inside) + 1), Decimal(min(inside)))
    return tuple((edge * width).exp() for edge in edges)


ORACLES = {
    "ALMA": alma,
    "RollingVWAP": rolling_vwap,
    "VWAP": vwap,
    "VolumeProfile": volume_profile,
}
