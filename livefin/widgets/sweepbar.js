// The page's half of a sweep's bar. Stop is the kernel's interrupt, which is heard while a cell
// runs; a kernel that is busy hears nothing else for certain.

function element(parent, tag, name) {
  const made = document.createElement(tag);
  made.className = `livefin-bar-${name}`;
  parent.append(made);
  return made;
}

function render({ model, el }) {
  el.classList.add("livefin-bar");
  const bar = element(el, "progress", "progress");
  bar.setAttribute("aria-label", "sets tried");
  const kernel = model.widget_manager?.kernel;
  if (kernel?.interrupt) {
    const stop = element(el, "button", "stop");
    stop.textContent = "Stop";
    stop.title = "Stop, and keep what was found; as interrupting the kernel does";
    stop.addEventListener("click", () => {
      stop.disabled = true;
      stop.textContent = "Stopping…";
      kernel.interrupt();
    });
  }
  const text = element(el, "span", "text");

  function draw() {
    bar.max = Math.max(1, model.get("total"));
    bar.value = model.get("done");
    text.textContent = model.get("text");
  }
  const names = ["done", "total", "text"].map((name) => `change:${name}`).join(" ");
  model.on(names, draw);
  draw();
  return () => model.off(names, draw);
}

export default { render };
