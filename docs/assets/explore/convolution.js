// One convolution as three computations that must agree: a window that slides, a product with the matrix of all windows
// (im2col), and a product with a sparse matrix (Toeplitz). Nothing here draws. Maps are arrays of rows.

export const zeros = (rows, columns) => Array.from({ length: rows }, () => new Array(columns).fill(0));
const build = (rows, columns, entry) =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => entry(i, j)));

export const transpose = (matrix) => build(matrix[0].length, matrix.length, (i, j) => matrix[j][i]);
export const turn = (kernel) => [...kernel].reverse().map((row) => [...row].reverse());
export const multiply = (a, b) =>
  build(a.length, b[0].length, (i, j) => b.reduce((sum, row, n) => sum + a[i][n] * row[j], 0));
export const inner = (a, b) => a.flat().reduce((sum, value, n) => sum + value * b.flat()[n], 0);
const column = (map) => map.flat().map((value) => [value]);
const fold = (vector, columns) => build(vector.length / columns, columns, (i, j) => vector[i * columns + j][0]);

/** How many places a kernel has on a line of cells. */
export const places = (size, kernel, { stride = 1, padding = 0, dilation = 1 } = {}) =>
  Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;

/** The pixel under weight (a, b) of the window at place (i, j), or null for the border. */
function under(image, [i, j], [a, b], { stride = 1, padding = 0, dilation = 1 }) {
  const [row, line] = [i * stride + a * dilation - padding, j * stride + b * dilation - padding];
  return row >= 0 && row < image.length && line >= 0 && line < image[0].length ? [row, line] : null;
}

const shape = (image, kernel, how) =>
  [places(image.length, kernel.length, how), places(image[0].length, kernel[0].length, how)];

/** Picture one: lay the kernel on the image, multiply what lies on each other, add. */
export function correlate(image, kernel, how = {}) {
  return build(...shape(image, kernel, how), (i, j) => {
    let sum = 0;
    for (let a = 0; a < kernel.length; a++) {
      for (let b = 0; b < kernel[0].length; b++) {
        const pixel = under(image, [i, j], [a, b], how);
        if (pixel) sum += image[pixel[0]][pixel[1]] * kernel[a][b];
      }
    }
    return sum;
  });
}

/** Picture two: every window becomes a column, one row for each weight. The kernel times this is the output. */
export function im2col(image, kernel, how = {}) {
  const [rows, columns] = shape(image, kernel, how);
  const width = kernel[0].length;
  return build(kernel.length * width, rows * columns, (tap, place) => {
    const pixel = under(image, [Math.floor(place / columns), place % columns], [Math.floor(tap / width), tap % width], how);
    return pixel ? image[pixel[0]][pixel[1]] : 0;
  });
}

export const byProduct = (image, kernel, how = {}) =>
  fold(transpose(multiply([kernel.flat()], im2col(image, kernel, how))), shape(image, kernel, how)[1]);

/** Every triple (place, tap, pixel) that meets in one product, each numbered row by row. */
export function meetings(image, kernel, how = {}) {
  const [rows, columns] = shape(image, kernel, how);
  const found = [];
  for (let place = 0; place < rows * columns; place++) {
    kernel.flat().forEach((_, tap) => {
      const width = kernel[0].length;
      const pixel = under(image, [Math.floor(place / columns), place % columns], [Math.floor(tap / width), tap % width], how);
      if (pixel) found.push({ place, tap, pixel: pixel[0] * image[0].length + pixel[1] });
    });
  }
  return found;
}

/** Picture three: one row for each output, one column for each pixel; the weights stand where the two meet. */
export function toeplitz(image, kernel, how = {}) {
  const [rows, columns] = shape(image, kernel, how);
  const matrix = zeros(rows * columns, image.length * image[0].length);
  for (const { place, tap, pixel } of meetings(image, kernel, how)) matrix[place][pixel] = kernel.flat()[tap];
  return matrix;
}

export const byMatrix = (image, kernel, how = {}) =>
  fold(multiply(toeplitz(image, kernel, how), column(image)), shape(image, kernel, how)[1]);

/** The transposed convolution, as the transposed matrix: from a map like the output to one like the image. */
export const transposed = (output, image, kernel, how = {}) =>
  fold(multiply(transpose(toeplitz(image, kernel, how)), column(output)), image[0].length);

/**
 * The map on which the turned kernel slides, with stride 1, to do the same: the output with s - 1 zeros between its
 * entries, and a border as wide as the kernel's reach less the padding. A border below zero cuts.
 */
export function stretch(output, image, kernel, { stride = 1, padding = 0, dilation = 1 } = {}) {
  const before = (taps) => dilation * (taps - 1) - padding;
  const entry = (at, taps, length) => {
    const place = (at - before(taps)) / stride;
    return Number.isInteger(place) && place >= 0 && place < length ? place : null;
  };
  const size = (cells, taps) => cells + dilation * (taps - 1);
  return build(size(image.length, kernel.length), size(image[0].length, kernel[0].length), (i, j) => {
    const row = entry(i, kernel.length, output.length);
    const line = entry(j, kernel[0].length, output[0].length);
    return row === null || line === null ? null : row * output[0].length + line;
  });
}

export const bySliding = (output, image, kernel, how = {}) => {
  const canvas = stretch(output, image, kernel, how).map((row) => row.map((n) => (n === null ? 0 : output.flat()[n])));
  return correlate(canvas, turn(kernel), { dilation: how.dilation });
};

/** Small whole numbers that look random and are the same for the same seed. */
export function numbers(seed, rows, columns) {
  let state = seed * 2654435761 >>> 0;
  return build(rows, columns, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 16) % 7 - 2;
  });
}
