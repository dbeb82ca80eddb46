// The last few hundred of a kind of figure, oldest first, for whoever measures.

const LENGTH = 512;

export class Ring {
  constructor() {
    this.values = new Float64Array(LENGTH);
    this.count = 0;
  }

  push(value) {
    this.values[this.count++ % LENGTH] = value;
  }

  list() {
    const { count, values } = this;
    const length = Math.min(count, LENGTH);
    return Array.from({ length }, (_, i) => values[(count - length + i) % LENGTH]);
  }
}
