// The page's half of lightweight.py, appended to the library's own text.

const NAMES = ["time", "open", "high", "low", "close", "volume"];

function rows(view) {
  const { buffer, byteOffset, byteLength } = view;
  const values = new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength));
  const count = values.length / NAMES.length;
  return Array.from({ length: count }, (_, i) => {
    const row = Object.fromEntries(NAMES.map((name, k) => [name, values[k * count + i]]));
    row.time /= 1e3;
    return row;
  });
}

const column = ({ time, open, close, volume }) =>
  ({ time, value: volume, color: close >= open ? "#0b84a559" : "#e0542c59" });

export default {
  render({ model, el }) {
    const { width, height, visible } = model.get("options");
    const host = document.createElement("div");
    el.append(host);
    const chart = LightweightCharts.createChart(host, {
      width, height, timeScale: { timeVisible: true, secondsVisible: true },
    });
    const candles = chart.addSeries(LightweightCharts.CandlestickSeries);
    const volume = chart.addSeries(LightweightCharts.HistogramSeries, {
      priceScaleId: "volume", priceFormat: { type: "volume" },
    });
    chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.8, bottom: 0 } });
    // Once a frame at most: a page that is slow is not to fall behind for ever.
    const late = new Map();
    let frame = null;
    const update = () => {
      frame = null;
      for (const bar of late.values()) {
        candles.update(bar);
        volume.update(column(bar));
      }
      late.clear();
    };
    model.on("msg:custom", ({ whole }, [view]) => {
      const bars = rows(view);
      if (whole) {
        candles.setData(bars);
        volume.setData(bars.map(column));
        chart.timeScale().applyOptions({ barSpacing: chart.timeScale().width() / visible });
        chart.timeScale().scrollToRealTime();
        return;
      }
      for (const bar of bars) late.set(bar.time, bar);
      frame ??= requestAnimationFrame(update);
    });
    model.send({ ready: true });
  },
};
