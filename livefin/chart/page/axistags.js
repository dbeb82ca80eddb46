// Where tags stand that would lie on each other: at their values where there is room, else moved as
// little as can be. The last price's tag stays where the price is. Pure; used by layers.js for what
// stands at a pane's axis, and by markers.js for orders.

const HIGH = 18; // pixels of a tag at the axis, with its distance from the next

/** Heights for tags at `heights`, which rise, in [top, bottom] and clear of `fixed`: {y, half} or null. */
export function aside(heights, [top, bottom], fixed) {
  if (!fixed) return apart(heights, HIGH, [top, bottom]);
  const above = [top, fixed.y - fixed.half - HIGH / 2];
  const below = [fixed.y + fixed.half + HIGH / 2, bottom];
  const room = ([from, to]) => Math.max(0, Math.floor((to - from) / HIGH) + 1);
  const over = heights.filter((y) => y < fixed.y).length;
  const count = Math.max(Math.min(over, room(above)), heights.length - room(below));
  return [...apart(heights.slice(0, count), HIGH, above), ...apart(heights.slice(count), HIGH, below)];
}

/** Heights at least `least` apart, moved as little as can be, within [top, bottom]; `heights` rise. */
export function apart(heights, least, [top, bottom]) {
  const blocks = []; // of neighbours that touch: where the first stands, and how many they are
  for (const y of heights) {
    let block = { first: y, count: 1 };
    for (;;) {
      const lowest = bottom - (block.count - 1) * least;
      block.first = Math.max(top, Math.min(block.first, lowest));
      const above = blocks.at(-1);
      if (!above || above.first + above.count * least <= block.first) break;
      blocks.pop();
      const count = above.count + block.count;
      const shifted = block.first - above.count * least; // where it would have its first stand
      block = { first: (above.first * above.count + shifted * block.count) / count, count };
    }
    blocks.push(block);
  }
  return blocks.flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i * least));
}
