// What the tests ask of a page: put into every page before its own scripts run (lab.py).

const views = () =>
  [...document.querySelectorAll(".livefin-chart")].map((stage) => ({ stage, ...stage.parentElement.__livefin }));

window.probe = {
  /** Figures of every chart on the page, in order. */
  charts: () =>
    views().map(({ stage, stats, page, view }) => {
      const { history, bands, state, seq, setup } = page;
      const { hud, camera } = view;
      return {
        bars: history.length,
        last: history.columns.time[history.end - 1],
        lines: setup.figure.lines.length,
        seq, state, bands,
        following: camera.following, x: camera.x(), range: camera.range,
        received: stats.received, painted: stats.painted, asked: stats.asked,
        latency: stats.latency.list(), paint: stats.paint.list(),
        title: hud.title.textContent, live: !hud.button.hidden,
        box: stage.getBoundingClientRect().toJSON(),
      };
    }),

  ready: ([count, bars]) => {
    const charts = window.probe.charts();
    return charts.length === count && charts.every((chart) => chart.bars >= bars && chart.painted > 0);
  },

  closes: () => {
    const { history } = views()[0].page;
    return [...history.columns.close.slice(history.start, history.end)];
  },

  /** Bytes of the widget state that JupyterLab would save with the notebook. */
  stateBytes: async () => JSON.stringify(await views()[0].page.model.widget_manager.get_state()).length,

  figure: () => {
    const { title, center } = views()[0].view.bokeh.plot.model;
    return { title: title.text, spans: center.filter((model) => model.type === "Span").length };
  },

  colours: () => {
    const { stage, view } = views()[0];
    return [getComputedStyle(view.hud.host).color, getComputedStyle(view.hud.title).color, getComputedStyle(stage).backgroundColor];
  },

  kernel: () => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel,

  select: (number) => {
    window.jupyterapp.shell.currentWidget.content.activeCellIndex = number;
  },

  shutKernels: async () => {
    const { sessions } = window.jupyterapp.serviceManager;
    await sessions.refreshRunning();
    await sessions.shutdownAll();
  },
};
