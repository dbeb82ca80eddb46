"""What an indicator says of its warm-up, held against what is found."""

from types import MappingProxyType

from livefin.indicators.bars.fractals import Pivots
from livefin.trust.budget import Budget
from livefin.trust.lookahead import Case
from livefin.trust.made import made_bars
from livefin.trust.subject import Subject
from livefin.trust.warmup import warm_up

BARS = made_bars(300, seed=4)


def found(indicator):
    subject = Subject(indicator)
    case = Case("given", BARS, subject(BARS))
    return warm_up(subject, case, Budget(600), part=1.0, declared=True)


def test_dots_may_begin_when_the_market_says_so_but_a_line_may_not():
    class Line(Pivots):
        kinds = MappingProxyType({})

    begin = Pivots().batch(BARS).dropna(how="all").index[0]
    assert begin > BARS.index[Pivots().lookback]
    assert found(Pivots()).state == "passed"
    late = found(Line())
    assert late.state == "failed"
    assert "values begin after 8 bars" in late.text
