"""Oracles of channels, lines and stops, by exact.py: their definitions in decimals."""

from decimal import Decimal

from exact import AVERAGES, column, exactly, mean, paid, true_ranges, wilder


@exactly
def average_true_range(rows, *, n, smoothing, first_range):
    return (AVERAGES[smoothing](true_ranges(rows, first_range), n),)


@exactly
def keltner(rows, *, n, width, ranges, price, average, smoothing, first_range):
    middle = AVERAGES[average]([paid(row, price) for row in rows], n)
    away = AVERAGES[smoothing](true_ranges(rows, first_range), ranges)
    if middle is None or away is None:
        return None, None if away is None else middle, None
    away *= Decimal(width)
    return middle + away, middle, middle - away


def middle_of(rows, n):
    if n < 1 or len(rows) < n:
        return None
    return (max(column(rows[-n:], "high")) + min(column(rows[-n:], "low"))) / 2


@exactly
def donchian(rows, *, n, current):
    rows = rows if current else rows[:-1]
    if len(rows) < n:
        return None, None, None
    high, low = max(column(rows[-n:], "high")), min(column(rows[-n:], "low"))
    return high, (high + low) / 2, low


@exactly
def ichimoku(rows, *, tenkan, kijun, senkou, shift):
    then = rows[: len(rows) - shift]
    fast, slow = middle_of(then, tenkan), middle_of(then, kijun)
    edge = None if fast is None or slow is None else (fast + slow) / 2
    return middle_of(rows, tenkan), middle_of(rows, kijun), edge, middle_of(then, senkou)


@exactly
def supertrend(rows, *, n, width, smoothing, first_range):
    spans = true_ranges(rows, first_range)
    rows = rows if first_range else rows[1:]
    low = high = trend = last = average = None
    for i, row in enumerate(rows):
        if i + 1 < n:
            continue
        if smoothing == "sma" or average is None:
            average = mean(spans[i + 1 - n : i + 1])
        else:
            alpha = Decimal(1) / n if smoothing == "wilder" else Decimal(2) / (n + 1)
            average += alpha * (spans[i] - average)
        middle, close = (Decimal(row.high) + Decimal(row.low)) / 2, Decimal(row.close)
        lower, upper = middle - Decimal(width) * average, middle + Decimal(width) * average
        if trend is None:
            trend = 1 if close >= middle else -1
        else:
            lower = max(lower, low) if last >= low else lower
            upper = min(upper, high) if last <= high else upper
            if trend == 1 and close <= lower:
                trend = -1
            elif trend == -1 and close > upper:
                trend = 1
        low, high, last = lower, upper, close
    return (low, None) if trend == 1 else (None, high)


@exactly
def chandelier(rows, *, n, width):
    away = wilder(true_ranges(rows, False), n)
    if away is None:
        return None, None
    away *= Decimal(width)
    return max(column(rows[-n:], "high")) - away, min(column(rows[-n:], "low")) + away


@exactly
def chande_kroll_stop(rows, *, n, width, q):
    spans, above, below = true_ranges(rows, False), [], []
    average = None
    for end in range(n, len(spans) + 1):
        average = mean(spans[:n]) if end == n else ((n - 1) * average + spans[end - 1]) / n
        held, away = rows[end + 1 - n : end + 1], Decimal(width) * average
        above.append(min(column(held, "low")) + away)
        below.append(max(column(held, "high")) - away)
    return (min(above[-q:]), max(below[-q:])) if len(above) >= q else (None, None)


@exactly
def heikin_ashi(rows):
    if not rows:
        return None, None, None, None
    opening = closing = None
    for row in rows:
        prices = [Decimal(x) for x in row[1:5]]
        opening = (prices[0] + prices[3]) / 2 if opening is None else (opening + closing) / 2
        closing = mean(prices)
    return opening, max(opening, closing, prices[1]), min(opening, closing, prices[2]), closing


ORACLES = {
    "AverageTrueRange": average_true_range,
    "ChandeKrollStop": chande_kroll_stop,
    "Chandelier": chandelier,
    "Donchian": donchian,
    "HeikinAshi": heikin_ashi,
    "Ichimoku": ichimoku,
    "Keltner": keltner,
    "Supertrend": supertrend,
}
