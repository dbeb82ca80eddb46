// Whether a page still hears its kernel. Where the notebook tells of its connection, a cut shows at
// once. Else silence must do: a kernel lets itself be heard every other second (heartbeat.py), unless
// a cell holds all of it, which its status tells. Only the page's own waking time counts, so that one
// that slept does not take its own absence for the kernel's. One a page; asked once a second.

const PATIENCE = 15_000; // ms of silence, from a kernel that has nothing to do
const UNKNOWN = 60_000; // and where nobody tells what the kernel does
const LONGEST = 2_000; // that two looks are apart while the page is awake

export class Pulse {
  #lost = false;
  #quiet = 0; // ms of silence while the page was awake
  #looked;

  /** `manager`: the notebook's, of widgets, or nothing; `changed()` is called when `lost` has. */
  constructor(manager, changed, now = Date.now()) {
    Object.assign(this, { manager, changed, patience: PATIENCE });
    this.last = null; // when something was heard, ms
    this.#looked = now;
    this.told = () => this.look();
    this.signal = this.#kernel?.connectionStatusChanged;
    this.signal?.connect?.(this.told);
  }

  /** Something was heard, before which nothing can be missed. */
  heard(now = Date.now()) {
    this.last = now;
    this.#quiet = 0;
    this.#set(false);
  }

  look(now = Date.now()) {
    this.#quiet += Math.max(0, Math.min(LONGEST, now - this.#looked));
    this.#looked = now;
    const { status, connectionStatus } = this.#kernel ?? {};
    if (status && !["idle", "unknown"].includes(status)) this.#quiet = 0; // busy, or on its way
    const cut = typeof connectionStatus === "string" && connectionStatus !== "connected";
    const patience = status === "idle" ? this.patience : UNKNOWN;
    this.#set(this.last !== null && (cut || this.#quiet > patience));
  }

  /** Whether there is no connection, as far as can be told. */
  get lost() {
    return this.#lost;
  }

  #set(lost) {
    if (lost === this.#lost) return;
    this.#lost = lost;
    this.changed();
  }

  /** The notebook's kernel; none where notebooks of that kind do not tell of it. */
  get #kernel() {
    try {
      return this.manager?.kernel;
    } catch {
      return undefined;
    }
  }

  close() {
    this.signal?.disconnect?.(this.told);
  }
}
