// How many windows fit on a tape of cells, and which cells they read. Nothing here draws.
//
// A setting has the names of the formula in words: size i, kernel k, stride s, padding p on each side, dilation d, and
// a mode: "floor" as in a convolution, "ceil" as in a pooling with ceil_mode, "same" as TensorFlow pads.

/** How many cells a kernel covers, gaps included: d(k - 1) + 1. */
export const span = ({ kernel, dilation }) => dilation * (kernel - 1) + 1;

/** How many cells of border stand before and after the tape. */
export function border(setting) {
  const { size, stride, padding, mode } = setting;
  if (mode !== "same") return [padding, padding];
  const places = Math.ceil(size / stride);
  const total = Math.max((places - 1) * stride + span(setting) - size, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** How many windows there are; 0 if not even one fits. */
export function outputSize(setting) {
  const { size, stride, mode } = setting;
  const [before, after] = border(setting);
  const room = size + before + after - span(setting);
  if (mode !== "ceil") return Math.max(Math.floor(room / stride) + 1, 0);
  // The last window may be cut off by the end, but one that would begin beyond the tape is no window.
  const places = Math.ceil(room / stride) + 1;
  return Math.max((places - 1) * stride >= size + before ? places - 1 : places, 0);
}

/** The cells that each window reads. The tape is 0 to size - 1; what lies outside is border. */
export function windows(setting) {
  const { kernel, stride, dilation } = setting;
  const [before] = border(setting);
  return Array.from({ length: outputSize(setting) }, (_, place) =>
    Array.from({ length: kernel }, (_, tap) => place * stride + tap * dilation - before));
}

/** The windows that read a cell. */
export const readers = (setting, cell) =>
  windows(setting).flatMap((cells, place) => (cells.includes(cell) ? [place] : []));

/** The cells of the tape that no window reads: whatever they hold, the output is the same. */
export function unread(setting) {
  const seen = new Set(windows(setting).flat());
  return Array.from({ length: setting.size }, (_, cell) => cell).filter((cell) => !seen.has(cell));
}

/** What is left over behind the last window when windows have to fit: (i + 2p - span) mod s. */
export function remainder(setting) {
  const [before, after] = border(setting);
  return (setting.size + before + after - span(setting)) % setting.stride;
}

/** All sizes of tape that have as many windows as this one. */
export function sizesAlike(setting, most = 40) {
  const places = outputSize(setting);
  return Array.from({ length: most }, (_, i) => i + 1).filter((size) => outputSize({ ...setting, size }) === places);
}

/** What each window answers: the sum of the cells it reads; the border is zero. */
export const answers = (setting, values) =>
  windows(setting).map((cells) => cells.reduce((sum, cell) => sum + (values[cell] ?? 0), 0));
