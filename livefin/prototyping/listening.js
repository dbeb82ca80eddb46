
// Hear the kernel also where anywidget has given up. It waits two seconds for a widget's module;
// in a page that is busy with its first chart the module may come later, and from then on what
// the kernel says to that widget is thrown away. `me` is the widget's own identity.
async function listening(model) {
  const own = await model.widget_manager.get_model(model.get("me"));
  const nothing = { content: { data: { method: "nothing" } } };
  own._handle_comm_msg(nothing).catch(() => {
    const { _handle_comm_msg: hear } = Object.getPrototypeOf(Object.getPrototypeOf(own));
    own.comm.on_msg((message) => hear.call(own, message));
    own.comm.send({ method: "request_state" }, own.callbacks());
  });
}

export default async () => {
  const widget = typeof pageHalf === "function" ? await pageHalf() : pageHalf;
  return {
    ...widget,
    initialize(given) {
      listening(given.model).catch(() => {}); // no kernel, or a page that has no such manager
      return widget.initialize?.(given);
    },
  };
};
