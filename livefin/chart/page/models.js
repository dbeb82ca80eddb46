// Scales, tickers and formatters that BokehJS asks livefin about, made from its own classes.
// A scale maps through functions that may change at any time; ticks and their texts are looked
// up when Bokeh paints, since setting them as properties would lay the figure out anew.
// Used by pane.js; knows no data.

/** A scale that is linear in `mapping().f` of its values; `inv` undoes `f`. */
export function mappedScale(LinearScale, mapping) {
  class MappedScale extends LinearScale {
    #state() {
      const { f, inv } = mapping();
      const [s0, s1] = [f(this.source_range.start), f(this.source_range.end)];
      const { start, end } = this.target_range;
      return { f, inv, s0, factor: (end - start) / (s1 - s0), start };
    }

    get s_compute() {
      const { f, s0, factor, start } = this.#state();
      return (value) => (f(value) - s0) * factor + start;
    }

    get s_invert() {
      const { inv, s0, factor, start } = this.#state();
      return (pixel) => inv((pixel - start) / factor + s0);
    }
  }
  MappedScale.__name__ = "LivefinScale";
  return new MappedScale();
}

/** Ticks at `ticks()`, which gives their positions. */
export function askedTicker(FixedTicker, ticks) {
  class AskedTicker extends FixedTicker {
    get_ticks_no_defaults() {
      return { major: ticks(), minor: [] };
    }
  }
  AskedTicker.__name__ = "LivefinTicker";
  return new AskedTicker();
}

/** Texts of ticks by `text(position)`. `Formatter` is any of Bokeh's formatters. */
export function askedFormatter(Formatter, text) {
  class AskedFormatter extends Object.getPrototypeOf(Formatter) {
    doFormat(ticks) {
      return ticks.map(text);
    }
  }
  AskedFormatter.__name__ = "LivefinFormatter";
  return new AskedFormatter();
}
