// What the tests ask of a page: put into every page before its own scripts run (lab.py).

const views = () =>
  [...document.querySelectorAll(".livefin-chart")].map((stage) => ({ stage, ...stage.parentElement.__livefin }));

/** All elements under `node`, those in shadow trees too. */
function* elementsIn(node) {
  for (const child of [...(node.shadowRoot?.children ?? []), ...node.children]) {
    yield child;
    yield* elementsIn(child);
  }
}

/** Whether an element has a text of its own that is seen. */
function shown(node) {
  const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
  return own && node.tagName !== "STYLE" && node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
}

/** The colour behind an element's text; what is seen through is left out. */
function behind(node) {
  for (let at = node; at; at = at.parentElement ?? at.getRootNode().host) {
    const { backgroundColor } = getComputedStyle(at);
    if (!/[,/] 0?(\.\d+)?\)$|, 0\)$/.test(backgroundColor)) return backgroundColor;
  }
  return "rgb(255, 255, 255)";
}

window.probe = {
  /** Figures of every chart on the page, in order. */
  charts: () =>
    views().map(({ stage, stats, page, view }) => {
      const { history, bands, state, seq, figure, settings, setup, scene } = page;
      const { hud, camera, toolbar, layers } = view;
      return {
        bars: history.length,
        last: history.columns.time[history.end - 1],
        lines: figure.lines.length,
        seq, state, bands, settings, symbol: setup.symbol, older: page.older,
        interval: scene.interval, held: scene.held,
        following: camera.following, x: camera.x(), range: view.panes[0]?.range.range,
        received: stats.received, painted: stats.painted, asked: stats.asked,
        latency: stats.latency.list(), paint: stats.paint.list(),
        title: toolbar.title.textContent, chip: toolbar.chip.textContent, live: !hud.button.hidden,
        drawings: page.drawings, alerts: page.alerts, tool: layers.drawings.active,
        focused: stage.matches(":focus-within"),
        box: stage.getBoundingClientRect().toJSON(),
        frame: view.frame(),
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
    const { title, center } = views()[0].view.panes[0].plot.model;
    return { title: title.text, spans: center.filter((model) => model.type === "Span").length };
  },

  /** Every text that the first chart shows, with its colour and that of what is behind it. */
  texts: () => {
    const { stage } = views()[0];
    return [...elementsIn(stage)].filter(shown).map((node) => {
      const { color, opacity } = getComputedStyle(node);
      return { text: node.textContent, color, opacity, back: behind(node) };
    });
  },

  kernel: () => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel,

  /** Whether JupyterLab could not show a widget. */
  failed: () => document.body.textContent.includes("model not found"),

  /** Cut the page's connection to the kernel; JupyterLab makes a new one. */
  disconnect: () => window.probe.kernel()._ws.close(),

  /** How long the first chart's page puts up with silence, ms. */
  patience: (ms) => {
    views()[0].page.pulse.patience = ms;
  },

  cells: () => window.jupyterapp.shell.currentWidget.content.widgets.map((cell) => cell.model.type),

  select: (number) => {
    window.jupyterapp.shell.currentWidget.content.activeCellIndex = number;
  },

  shutKernels: async () => {
    const { sessions } = window.jupyterapp.serviceManager;
    await sessions.refreshRunning();
    await sessions.shutdownAll();
  },
};
