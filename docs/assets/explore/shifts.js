// What pooling does to a picture and to the same picture moved a little. Nothing here draws. Maps are arrays of rows
// of whole numbers, and every answer is a whole number, so that "the same" means the same.

const build = (rows, columns, entry) =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => entry(i, j)));

/** Move a picture down and to the right; zeros come in from outside. */
export const shift = (map, down, right) =>
  build(map.length, map[0].length, (i, j) => map[i - down]?.[j - right] ?? 0);

/** The windows of a pooling, each reduced to one number. */
function pool(map, size, stride, reduce) {
  const places = (length) => Math.floor((length - size) / stride) + 1;
  return build(places(map.length), places(map[0].length), (i, j) =>
    reduce(build(size, size, (a, b) => map[i * stride + a][j * stride + b]).flat()));
}

export const maxPool = (map, size = 2, stride = size) => pool(map, size, stride, (cells) => Math.max(...cells));

/** Sums instead of averages: the same numbers, times the cells of a window. */
export const sumPool = (map, size = 2, stride = size) =>
  pool(map, size, stride, (cells) => cells.reduce((sum, cell) => sum + cell, 0));

const BLUR = [1, 2, 1, 2, 4, 2, 1, 2, 1];

/** The maximum at stride 1, blurred by 1 2 1 in both directions, then every second answer; times 16. */
export const blurPool = (map) =>
  pool(maxPool(map, 2, 1), 3, 2, (cells) => cells.reduce((sum, cell, n) => sum + cell * BLUR[n], 0));

/** One window over the whole map. */
export const globalMax = (map) => [[Math.max(...map.flat())]];

export const POOLINGS = { max: (map) => maxPool(map), sum: (map) => sumPool(map), blur: blurPool, global: globalMax };

export const equal = (a, b) => a.every((row, i) => row.every((value, j) => value === b[i][j]));
/** By how much the entry that changes most changes. */
export const largestChange = (a, b) => Math.max(...a.flatMap((row, i) => row.map((value, j) => Math.abs(value - b[i][j]))));
export const total = (map) => map.flat().reduce((sum, value) => sum + value, 0);

/**
 * What a move does to an answer: "kept" if it is the same, "moved" if it is the same somewhere else, else "changed".
 * To be generous, every whole move of the answer is tried that is near the picture's move divided by the stride.
 */
export function verdict(before, after, down, right, stride = 2) {
  if (equal(before, after)) return "kept";
  const near = (distance) => [Math.floor(distance / stride), Math.ceil(distance / stride)];
  const found = near(down).some((i) => near(right).some((j) => equal(shift(before, i, j), after)));
  return found ? "moved" : "changed";
}

/** The verdicts for all moves of up to `reach` pixels in each direction, row by row. */
export function verdicts(map, pooling, reach) {
  const before = pooling(map);
  return build(2 * reach + 1, 2 * reach + 1, (i, j) =>
    verdict(before, pooling(shift(map, i - reach, j - reach)), i - reach, j - reach));
}

/** A drawing of 8 by 8 as 16 hexadecimal digits, two for each row, and back. */
export const fromHex = (text) =>
  build(8, 8, (i, j) => (parseInt(text.slice(2 * i, 2 * i + 2), 16) >> (7 - j)) & 1);
export const toHex = (map) => map.map((row) => parseInt(row.join(""), 2).toString(16).padStart(2, "0")).join("");

/** Put a drawing in the middle of an empty frame. */
export const framed = (map, margin) =>
  build(map.length + 2 * margin, map[0].length + 2 * margin, (i, j) => map[i - margin]?.[j - margin] ?? 0);
