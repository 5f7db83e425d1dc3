// Draws the curves of signal.js: the measured band, theory's line, and a second setting to compare with.

import { announcer, button, choice, drawing, element, explore, prediction, slider } from "./kit.js";
import { CLAIMS, STACKS, inWords, measured, predicted, predictedLog, reading, tenTo, ticks } from "./signal.js";

const GRID = JSON.parse(document.getElementById("data-signals").textContent);
const NAMES = {
  "plain": "plain", "plain-normalised": "plain, normalised", "residual": "residual",
  "residual-lab": "residual, rectified after the sum", "residual-root": "residual, branch divided by √L",
  "residual-half": "residual, sum divided by √2", "residual-normalised": "residual, normalised branch",
};
const WEIGHTS = { he: "He", xavier: "Xavier", lab: "standard deviation 0.1 (the lab)", tiny: "standard deviation 0.01" };
const WAYS = { forward: "forward: the signal", backward: "backward: the gradient" };
const FIELDS = {
  stack: { words: Object.keys(STACKS), start: "plain" },
  weights: { words: Object.keys(WEIGHTS), start: "lab" },
  way: { words: Object.keys(WAYS), start: "forward" },
  depth: { least: 0, most: GRID.depth, start: GRID.depth },
  kept: { pattern: /^(none|[a-z-]+\.[a-z]+\.[a-z]+)$/, start: "none" },
  shown: { least: 0, most: 1, start: 0 },
};

/** The setting that the reader kept to compare with, or null; an address may name one that does not exist. */
function kept(state) {
  const [stack, weights, way] = state.kept.split(".");
  const setting = { stack, weights, way };
  return measured(GRID, setting) ? setting : null;
}

const named = ({ stack, weights, way }) => `${NAMES[stack]}; ${WEIGHTS[weights]}; ${way}`;

function chart(setting, other, depth, width) {
  const height = 300;
  const edge = { left: 44, right: 8, top: 10, bottom: 36 };
  const theory = measured(GRID, setting)[1].map((_, at) => predictedLog(GRID, setting, at)).filter((log) => log !== null);
  const lines = [...measured(GRID, setting), ...(other ? measured(GRID, other) : []), theory];
  const marks = ticks(Math.min(0, ...lines.flat()), Math.max(0, ...lines.flat()));
  const x = (at) => edge.left + (at / GRID.depth) * (width - edge.left - edge.right);
  const y = (log) => edge.top + ((marks.at(-1) - log) / (marks.at(-1) - marks[0])) * (height - edge.top - edge.bottom);
  const points = (line) => line.map((log, at) => `${x(at).toFixed(1)},${y(log).toFixed(1)}`);
  const band = ([low, , high], name) =>
    drawing("polygon", { class: name, points: [...points(low), ...points(high).reverse()].join(" ") });
  const line = (values, name) => drawing("polyline", { class: name, points: points(values).join(" ") });
  const label = (text, attributes) => drawing("text", attributes, text);
  return drawing("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", class: "chart",
    "aria-label": `The power of ${named(setting)}, from ${inWords(reading(GRID, setting, 0))} at the input to ` +
      `${inWords(reading(GRID, setting, GRID.depth))} at depth ${GRID.depth}.` },
    ...marks.map((log) => drawing("line", { class: log ? "rule" : "rule one", x1: edge.left, x2: width - edge.right, y1: y(log), y2: y(log) })),
    ...marks.map((log) => label(tenTo(log), { x: edge.left - 6, y: y(log) + 4, "text-anchor": "end" })),
    ...[0, 5, 10, 15, 20].map((at) => label(at, { x: x(at), y: height - edge.bottom + 18, "text-anchor": "middle" })),
    label("depth", { x: width - edge.right, y: height - 2, "text-anchor": "end" }),
    drawing("line", { class: "cursor", x1: x(depth), x2: x(depth), y1: edge.top, y2: height - edge.bottom }),
    ...(other ? [band(measured(GRID, other), "band kept-band"), line(measured(GRID, other)[1], "kept-line")] : []),
    band(measured(GRID, setting), "band"), line(measured(GRID, setting)[1], "middle"),
    ...(theory.length ? [line(theory, "theory")] : []),
    drawing("circle", { class: "at", cx: x(depth), cy: y(reading(GRID, setting, depth)), r: 5 }));
}

explore("signal", FIELDS, (state, set) => {
  const covered = element("div");
  const lab = { stack: "plain", weights: "lab", way: "forward" };
  const exponent = () => -Math.round(reading(GRID, lab, GRID.depth));
  const ask = prediction({
    covered,
    question: () => `The lab's plain stack: ${GRID.depth} layers of ${GRID.width} units, a rectifier behind each, weights with a standard ` +
      "deviation of 0.1. The signal begins with power 1. Through how many powers of ten does it fall?",
    answer: exponent,
    verdict: (guess, right) => `${Math.abs(guess - right) < 1 ? "Yes" : `Not ${guess}`}: about ${right}. Now look for the weights ` +
      "with which the same stack does not fall at all.",
  }, state, set);
  const options = Object.entries(NAMES).map(([value, text]) => element("option", { value }, text));
  const select = element("select", { name: "stack", change: () => set({ stack: select.value }) }, ...options);
  const stack = { node: element("fieldset", { class: "choice" }, element("legend", {}, "The stack"), element("label", {}, select)),
    draw: () => (select.value = state.stack) };
  select.setAttribute("aria-label", "The stack");
  const controls = [stack, choice("Direction", "way", WAYS, state, set), choice("Weights", "weights", WEIGHTS, state, set),
    slider("read at depth", "depth", FIELDS, state, set)];
  const frame = element("div", { class: "frame" });
  const { node: said, say } = announcer();
  const legend = element("p", { class: "hint" });
  const { node: found, say: tell } = announcer();
  const keep = button("Keep this line", () => set({ kept: `${state.stack}.${state.weights}.${state.way}` }));
  const drop = button("Drop the kept line", () => set({ kept: "none" }));
  const refuted = new Map();
  const items = CLAIMS.map(() => element("li"));

  function draw() {
    const other = kept(state);
    const theory = predicted(GRID, state, state.depth);
    frame.replaceChildren(chart(state, other, state.depth, Math.max(250, Math.min(660, frame.clientWidth || 600))));
    say(`At depth ${state.depth} the power is ${inWords(reading(GRID, state, state.depth))}` +
      (theory === null ? "; the book has no formula for this stack." : `; theory says ${inWords(predictedLog(GRID, state, state.depth))}.`));
    legend.textContent = `Line and band: the middle and eight tenths of ${GRID.runs} random stacks. ` +
      (theory === null ? "" : "Dashed: theory. ") + (other ? `Grey: ${named(other)}.` : "");
    drop.hidden = !other;
    CLAIMS.forEach((claim, n) => {
      if (state.shown && claim.refutes(GRID, state) && !refuted.has(n)) refuted.set(n, named(state));
      const by = refuted.get(n);
      items[n].replaceChildren(element(by ? "del" : "span", {}, claim.says), " ",
        element("span", { class: by ? "verdict-found" : "hint" }, by ? `Refuted by: ${by}.` : `(${claim.hint})`));
    });
    tell(`${refuted.size} of ${CLAIMS.length} refuted.`);
    for (const control of [...controls, ask]) control.draw();
  }

  covered.append(element("div", { class: "controls" }, ...controls.map(({ node }) => node)), frame, said, legend,
    element("p", { class: "tries" }, keep, drop),
    element("p", { class: "claims-title" }, "Five sentences that are often said. Find a setting that refutes each."),
    element("ol", { class: "claims" }, ...items), found);
  new ResizeObserver(draw).observe(frame);
  return { nodes: [ask.node, covered], draw };
});
