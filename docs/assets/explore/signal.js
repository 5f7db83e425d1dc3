// The power of a signal in a stack of layers: what was measured while the book was built, and what theory says. Nothing
// here draws. The grid is the JSON of cnnspec.book.signals: {width, depth, variances, curves}; a curve has the logarithms
// of a low, a middle and a high line of several random stacks, at every depth.

/** What a stack is made of: the weight of its trunk and of its branches, or normalisation. */
export const STACKS = {
  "plain": {},
  "plain-normalised": { normalised: true },
  "residual": { shortcut: () => 1, scale: () => 1 },
  "residual-lab": { rectified: true },
  "residual-root": { shortcut: () => 1, scale: (depth) => 1 / Math.sqrt(depth) },
  "residual-half": { shortcut: () => Math.SQRT1_2, scale: () => Math.SQRT1_2 },
  "residual-normalised": { normalised: true },
};

/** The three measured lines of a setting {stack, weights, way}. */
export const measured = (grid, { stack, weights, way }) => grid.curves[`${stack}/${weights}/${way}`];

/** The logarithm of the power at a depth in the middle of all runs. */
export const reading = (grid, setting, depth) => measured(grid, setting)[1][depth];

/**
 * What theory says of the power at a depth, or null. A layer multiplies it by nv/2, for it has n inputs, weights of
 * variance v, and a rectifier that halves the power. A block adds what its two layers make of it. Where a plain stack is
 * normalised, a gradient grows by one factor in each layer that a rectifier stands before, and by a half at the input.
 */
export function predicted(grid, { stack, weights, way }, depth) {
  const [first, second] = grid.variances[weights];
  const layers = way === "forward" ? depth : grid.depth - depth;
  const { normalised, rectified, scale, shortcut } = STACKS[stack];
  if (rectified) return null;
  if (stack === "plain-normalised" && way === "forward") return depth ? 0.5 : 1;
  if (stack === "plain-normalised") return (Math.PI / (Math.PI - 1)) ** (depth ? layers : layers - 1) * (depth ? 1 : 0.5);
  if (normalised) return way === "forward" ? 1 + (depth * grid.width * second) / 2 : null;
  const layer = (grid.width * first) / 2;
  if (!scale) return layer ** layers;
  return (shortcut() ** 2 + scale(grid.depth) ** 2 * layer * grid.width * second) ** layers;
}

/** The same as a logarithm. */
export function predictedLog(grid, setting, depth) {
  const power = predicted(grid, setting, depth);
  return power === null ? null : Math.log10(power);
}

const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
export const tenTo = (exponent) => "10" + [...String(exponent)].map((digit) => SUPERSCRIPTS[digit]).join("");

/** Write a power from its logarithm: 0.59, 38.9, 7.5·10⁻¹¹. */
export function inWords(log) {
  if (log > -2.5 && log < 4) return String(Number((10 ** log).toPrecision(3)));
  let exponent = Math.floor(log);
  let digits = (10 ** (log - exponent)).toFixed(1);
  if (digits === "10.0") [digits, exponent] = ["1.0", exponent + 1];
  return `${digits}·${tenTo(exponent)}`;
}

/** Sentences that are often said, and when a setting on the desk is a counterexample. */
export const CLAIMS = [
  {
    says: "In a deep plain network the signal collapses to about 0 by layer 10.",
    hint: "plain, forward: which weights keep it?",
    refutes: (grid, setting) => setting.stack.startsWith("plain") && setting.way === "forward" && reading(grid, setting, 10) > -1,
  },
  {
    says: "A skip connection keeps the signal at the same strength.",
    hint: "residual: which weights let it grow a thousandfold?",
    refutes: (grid, setting) => setting.stack.startsWith("residual") && setting.way === "forward" &&
      Math.abs(reading(grid, setting, grid.depth)) > 3,
  },
  {
    says: "Normalisation cures exploding and vanishing gradients.",
    hint: "look backward",
    refutes: (grid, setting) => setting.stack.endsWith("normalised") && setting.way === "backward" && Math.abs(reading(grid, setting, 0)) > 2,
  },
  {
    says: "With skip connections the gradient cannot vanish.",
    hint: "weigh trunk and branch",
    refutes: (grid, setting) => setting.stack.startsWith("residual") && setting.way === "backward" && reading(grid, setting, 0) < -3,
  },
  {
    says: "Whoever starts with He's weights need not think about scale.",
    hint: "a branch with He's weights",
    refutes: (grid, setting) => setting.weights === "he" && Math.abs(reading(grid, setting, setting.way === "forward" ? grid.depth : 0)) > 3,
  },
];

/** Round logarithms for the axis of a chart: at most about eight lines, all at whole powers of ten. */
export function ticks(low, high) {
  const step = [1, 2, 5, 10, 20].find((one) => (high - low) / one <= 8) ?? 50;
  const first = Math.floor(low / step) * step;
  const last = Math.max(Math.ceil(high / step) * step, first + step);
  return Array.from({ length: (last - first) / step + 1 }, (_, n) => first + n * step);
}
