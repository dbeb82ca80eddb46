"""An indicator along bars that reads them for itself alone, as none does in a chart."""

from livefin.indicators.live.news import News


class Alone:
    """What takes news of bars, with a reader of its own."""

    def __init__(self, takes, bars):
        self.takes, self.bars, self.reader = takes, bars, bars.reader()

    def update(self):
        return self.takes.take(News.read(self.bars, self.reader))

    def __getattr__(self, name):
        return getattr(self.takes, name)
