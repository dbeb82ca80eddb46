"""The map of a sweep as a picture: coloured cells, or a line where one parameter was varied.

An SVG with no script, so that it is there in a saved notebook too. From low to high the
colours go from dark to light, and so read without telling hues apart; a hint at each cell
says its values. Pure. Its figures are heat's; sweeping shows it and the widgets turn it.
"""

from __future__ import annotations

from html import escape

import numpy as np
from numpy.typing import NDArray

from livefin.research.heat import MOST, Heat
from livefin.research.report import FAINT, shown

WIDE, HIGH = 460, 300
"""Of the cells, in pixels, where there are many."""
LARGEST = 56
NUMBERED = 10
"""So many columns at the most have their values written into the cells."""
LINE_AT = 6.2
"""About the width of a character, in pixels."""
STOPS = ((34, 38, 92), (38, 92, 140), (46, 150, 138), (140, 196, 98), (246, 228, 96))
"""Red, green, blue, from low to high: lighter at each stop."""
STAR = "★"


def colour(share: float) -> str:
    """From low (0) to high (1).

    >>> colour(0.0), colour(1.0)
    ('#22265c', '#f6e460')
    """
    place = min(max(share, 0.0), 1.0) * (len(STOPS) - 1)
    at = min(int(place), len(STOPS) - 2)
    pairs = zip(STOPS[at], STOPS[at + 1], strict=True)
    return "#" + "".join(f"{round(a + (b - a) * (place - at)):02x}" for a, b in pairs)


def as_html(heat: Heat) -> str:
    """Cells, or a line of points; with what it is of, in words."""
    over = f", the {heat.aggregate} over {', '.join(heat.others)}" if heat.others else ""
    by = f"{heat.x} and {heat.y}" if heat.y else heat.x
    best = f" · {STAR} the best set" if heat.best else ""
    said = f"{heat.score} by {by}{over}{best}"
    drawn = _cells(heat, said) if heat.y else _points(heat, said)
    return f'{drawn}<div style="{FAINT}">{escape(said)}</div>'


def _scaled(heat: Heat) -> tuple[float, float, NDArray[np.float64]]:
    """The lowest and the highest score, and where all lie in between, from 0 to 1."""
    known = heat.scores[np.isfinite(heat.scores)]
    if not len(known):
        return 0.0, 0.0, np.full(heat.scores.shape, np.nan)
    low, most = float(known.min()), float(known.max())
    if low == most:
        return low, most, np.where(np.isfinite(heat.scores), 0.5, np.nan)
    return low, most, (heat.scores - low) / (most - low)


def _cells(heat: Heat, said: str) -> str:
    down, across = heat.scores.shape
    wide = round(min(LARGEST, max(WIDE / across, HIGH / MOST)), 1)
    high = round(min(LARGEST / 2, max(HIGH / down, HIGH / MOST)), 1)
    left = 12 + LINE_AT * max(map(len, [*heat.lines, heat.y]))
    top, width, height = 20, wide * across, high * down
    low, most, shares = _scaled(heat)
    parts = [_text(heat.y, left - 6, 12, "end")]
    for line in range(down):
        for column in range(across):
            box = left + column * wide, top + (down - 1 - line) * high, wide, high
            parts.append(_cell(heat, (line, column), box, float(shares[line, column])))
    every = max(1, round(14 / high + 0.499))
    parts += [
        _text(heat.lines[i], left - 6, top + (down - i - 0.5) * high + 4, "end")
        for i in range(0, down, every)
    ]
    parts += _below(heat, [left + (i + 0.5) * wide for i in range(across)], top + height)
    parts += _scale(left + width + 16, top, height, low, most)
    return _svg(left + width + 110, top + height + 40, said, parts)


def _cell(
    heat: Heat, place: tuple[int, int], box: tuple[float, float, float, float], share: float
) -> str:
    score, best = float(heat.scores[place]), heat.best == place
    x, y, wide, high = box
    known = bool(np.isfinite(score))
    # Not "none": a hint shows where there is something to point at.
    empty = 'fill="transparent" stroke="currentColor" opacity=".15"'
    fill = f'fill="{colour(share)}"' if known else empty
    text = (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide}" height="{high}" {fill} '
        f"{_mark(heat, place)}><title>{escape(heat.hint(*place))}</title></rect>"
    )
    # On the lighter half of the scale dark text reads better.
    ink = "#000" if share > 0.5 else "#fff"  # noqa: PLR2004 - the middle
    written = shown(score) if known and heat.scores.shape[1] <= NUMBERED else ""
    label = f"{STAR} {written}".strip() if best else written
    if label:
        at = f'x="{x + wide / 2:.1f}" y="{y + high / 2 + 4:.1f}"'
        size = min(11, high + 2, 1.6 * wide / len(label))
        text += (
            f'<text {at} text-anchor="middle" fill="{ink}" font-size="{size:.1f}" '
            f'pointer-events="none">{escape(label)}</text>'
        )
    if best:
        text += (
            f'<rect x="{x + 1:.1f}" y="{y + 1:.1f}" width="{wide - 2:.1f}" '
            f'height="{high - 2:.1f}" fill="none" stroke="{ink}" stroke-width="1.5" '
            'pointer-events="none"/>'
        )
    return text


def _mark(heat: Heat, place: tuple[int, int]) -> str:
    """How the page knows a cell again."""
    what = ' data-best="yes"' if heat.best == place else ""
    if heat.rows[place] < 0:
        what = ' data-empty="yes"'
    return f'data-cell="{place[0]},{place[1]}"{what}'


def _points(heat: Heat, said: str) -> str:
    low, most, shares = _scaled(heat)
    left = 12 + LINE_AT * max(len(shown(low)), len(shown(most)), 6)
    top, width, height = 20, WIDE, HIGH / 2
    step = width / len(heat.columns)
    xs = [left + (i + 0.5) * step for i in range(len(heat.columns))]
    ys = [top + 8 + (height - 16) * (1 - share) for share in shares[0].tolist()]
    parts = [_text(heat.score, left - 6, 12, "end")]
    d, pen = "", "M"
    for x, y in zip(xs, ys, strict=True):
        pen, d = ("L", f"{d}{pen}{x:.1f} {y:.1f}") if np.isfinite(y) else ("M", d)
    parts.append(f'<path d="{d}" fill="none" stroke="#2f80b8" stroke-width="1.5"/>')
    line = f'<path d="M{left:.1f} {top}v{height:.0f}h{width}" fill="none" stroke="currentColor" '
    parts.append(f'{line}opacity=".3"/>')
    for i, (x, y) in enumerate(zip(xs, ys, strict=True)):
        if not np.isfinite(y):
            continue
        hint = escape(heat.hint(0, i))
        # A column as wide as it can be: a point alone is hard to hit.
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#2f80b8"/>'
            f'<rect x="{x - step / 2:.1f}" y="{top}" width="{step:.1f}" height="{height:.0f}" '
            f'fill="transparent" {_mark(heat, (0, i))}><title>{hint}</title></rect>'
        )
        if heat.best == (0, i):
            parts.append(_text(STAR, x, y - 6, "middle"))
    parts.append(_text(shown(most), left - 6, top + 12, "end"))
    if most > low:
        parts.append(_text(shown(low), left - 6, top + height - 4, "end"))
    parts += _below(heat, xs, top + height)
    return _svg(left + width + 30, top + height + 40, said, parts)


def _below(heat: Heat, xs: list[float], y: float) -> list[str]:
    """Labels along the lower edge, as many as there is room for, and the parameter's name."""
    room = LINE_AT * max(map(len, heat.columns)) + 8
    step = xs[1] - xs[0] if len(xs) > 1 else room
    every = max(1, round(room / step + 0.499))
    parts = [_text(heat.columns[i], xs[i], y + 15, "middle") for i in range(0, len(xs), every)]
    return [*parts, _text(heat.x, (xs[0] + xs[-1]) / 2, y + 32, "middle")]


def _scale(x: float, y: float, height: float, low: float, most: float) -> list[str]:
    """What the colours mean."""
    tall = max(height, 60)
    count = 32
    parts = [
        f'<rect x="{x:.1f}" y="{y + tall * (1 - (i + 1) / count):.1f}" width="12" '
        f'height="{tall / count + 0.5:.1f}" fill="{colour(i / (count - 1))}"/>'
        for i in range(count)
    ]
    parts.append(_text(shown(most), x + 18, y + 10, "start"))
    return [*parts, _text(shown(low), x + 18, y + tall, "start")]


def _text(text: str, x: float, y: float, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="currentColor" '
        f'pointer-events="none">{escape(text)}</text>'
    )


def _svg(width: float, height: float, said: str, parts: list[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" '
        f'style="max-width: 100%; height: auto; display: block; margin: 6px 0" font-size="11" '
        f'font-family="inherit" role="img" aria-label="{escape(said)}">{"".join(parts)}</svg>'
    )
