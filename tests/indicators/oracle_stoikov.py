"""Oracle of Stoikov's micro-price: the chain of all states, mirrored, solved in decimals.

`walking` are quotes to hold it against, most of them on a grid of ticks.
"""

from decimal import Decimal, localcontext
from fractions import Fraction

from flowrows import NAN, S
from hypothesis import strategies as st
from oracle_flow import defined, is_quote

from livefin.indicators.contract import QuoteRow
from livefin.indicators.flow.durations import duration_ns

steps = st.tuples(
    st.sampled_from([-3, -2, -1, 0, 0, 1, 2]),  # of the bid, in ticks
    st.integers(0, 4),  # the spread
    st.integers(0, 6),
    st.sampled_from([0, 1, 2, 5, NAN]),
    st.sampled_from([0, S // 3, S, 4 * S, -S]),
)


def walk(given):
    bid, time, rows = 10_000, 10**18, []
    for move, spread, bid_size, ask_size, gap in given:
        bid, time = bid + move, time + gap
        sizes = float(bid_size), float(ask_size)
        rows.append(QuoteRow(time, bid / 100, sizes[0], (bid + spread) / 100, sizes[1]))
    return rows


walking = st.lists(steps, max_size=60).map(walk)


def written(x):
    """A price as it is written: 100.14, and not the float next to it."""
    return Decimal(repr(x))


def middle(row):
    return (written(row.bid) + written(row.ask)) / 2


def state(row, tick, imbalances, spreads):
    """Which step of imbalance, which spread; None for none."""
    ticks = round((written(row.ask) - written(row.bid)) / written(tick))
    if not 1 <= ticks <= spreads or not row.bid_size + row.ask_size > 0:
        return None
    step = int(imbalances * row.bid_size / (row.bid_size + row.ask_size))
    return min(step, imbalances - 1), ticks - 1


def solved(matrix, right):
    """Gauss's elimination."""
    rows = [[*row, x] for row, x in zip(matrix, right, strict=True)]
    for i in range(len(rows)):
        best = max(range(i, len(rows)), key=lambda k: abs(rows[k][i]))
        rows[i], rows[best] = rows[best], rows[i]
        for k in range(i + 1, len(rows)):
            if rows[k][i]:
                share = rows[k][i] / rows[i][i]
                rows[k] = [a - share * b for a, b in zip(rows[k], rows[i], strict=True)]
    found = [Decimal(0)] * len(rows)
    for i in range(len(rows) - 1, -1, -1):
        known = sum(rows[i][j] * found[j] for j in range(i + 1, len(rows)))
        found[i] = (rows[i][-1] - known) / rows[i][i]
    return found


def expected(changes, imbalances, spreads):
    """The move expected from each state, in half ticks, each change also in its mirror image."""
    count = imbalances * spreads
    led = [[0] * count for _ in range(count)]
    seen, moved = [0] * count, [0] * count
    for (step, spread), (to_step, to_spread), move in filter(None, changes):
        for mirrored in (False, True):
            a, b = (imbalances - 1 - x if mirrored else x for x in (step, to_step))
            led[a * spreads + spread][b * spreads + to_spread] += 1
            seen[a * spreads + spread] += 1
            moved[a * spreads + spread] += -move if mirrored else move
    chances = [[Decimal(n) / (s + 1) for n in row] for row, s in zip(led, seen, strict=True)]
    matrix = [[(i == j) - x for j, x in enumerate(row)] for i, row in enumerate(chances)]
    right = [Decimal(m) / (s + 1) for m, s in zip(moved, seen, strict=True)]
    return solved(matrix, right)


@defined(is_quote)
def stoikov(kept, *, tick, imbalances, spreads, window, every):
    states = [state(row, tick, imbalances, spreads) for row in kept]
    changes, made, count = [], None, 0
    for i, row in enumerate(kept):
        if i:
            halves = round(2 * (middle(row) - middle(kept[i - 1])) / written(tick))
            known = states[i] and states[i - 1] and abs(halves) <= 2
            changes.append((states[i - 1], states[i], halves) if known else None)
        now = row.time // duration_ns(every)
        if changes and (made is None or now > made):
            made, count = now, len(changes)
    if not states[-1] or made is None:
        return (None,)
    with localcontext() as context:
        context.prec = 50
        moves = expected(changes[max(0, count - window) : count], imbalances, spreads)
        off = moves[states[-1][0] * spreads + states[-1][1]]
    return (Fraction(middle(kept[-1]) + off / 2 * written(tick)),)


ORACLES = {"StoikovMicroprice": stoikov}
