// Draws the laboratory of shifts.js: a drawing to change, a field of moves to walk, and what four poolings answer.

import { announcer, button, choice, count, element, explore, grid, prediction } from "./kit.js";
import { POOLINGS, framed, fromHex, largestChange, shift, toHex, total, verdict, verdicts } from "./shifts.js";

const REACH = 4;
// Room for every move, and for what the blur sees beyond it.
const MARGIN = REACH + 2;
const DRAWINGS = {
  "a ring": "003c424242423c00",
  "a bright pixel": "0000000010000000",
  "stripes, two wide": "6666666666666666",
  "a solid square": "003c3c3c3c000000",
};
const POOLS = {
  max: "max, 2×2, stride 2",
  sum: "average, 2×2, stride 2",
  blur: "max, blur 1 2 1, stride 2",
  global: "one window over everything",
};
const FIELDS = {
  drawing: { pattern: /^[0-9a-f]{16}$/, start: DRAWINGS["a ring"] },
  pooling: { words: Object.keys(POOLS), start: "max" },
  down: { least: -REACH, most: REACH, start: 0 },
  right: { least: -REACH, most: REACH, start: 0 },
  all: { least: 0, most: 1, start: 0 },
  shown: { least: 0, most: 1, start: 0 },
};
const MEANING = {
  kept: "The answer is bit for bit what it was.",
  moved: "The answer is what it was, moved along.",
  changed: "The answer is another one: no move of the old answer gives it.",
};
const SIGNS = { kept: "=", moved: "→", changed: "≠" };

/** How far, in words. */
function distance(down, right) {
  const parts = [down && `${count(Math.abs(down), "pixel")} ${down > 0 ? "down" : "up"}`,
    right && `${count(Math.abs(right), "pixel")} ${right > 0 ? "to the right" : "to the left"}`].filter(Boolean);
  return parts.join(", ") || "not moved";
}

/** Averages and blurs are kept as whole numbers, in these parts of one. */
const SCALE = { max: 1, sum: 4, blur: 16, global: 1 };
const score = (map, pooling) => String(Number((total(map) / SCALE[pooling]).toFixed(2)));

explore("shifts", FIELDS, (state, set) => {
  const covered = element("div");
  const picture = () => framed(fromHex(state.drawing), MARGIN);
  const found = () => verdicts(picture(), POOLINGS[state.pooling], REACH);
  const moves = (2 * REACH + 1) ** 2;
  const ask = prediction({
    covered,
    question: () => `The drawing is moved in all ${moves} ways by up to ${REACH} pixels and pooled each time (${POOLS[state.pooling]}). ` +
      "How many of the moves give the old answer, be it somewhere else?",
    answer: () => found().flat().filter((one) => one !== "changed").length,
    verdict: (guess, right) => (guess === right ? `${right} it is, ` : `It is ${right}, not ${guess}: `) +
      `${((100 * right) / moves).toFixed(0)} percent. Walk the field and see which.`,
  }, state, set);

  const seen = new Map();
  const pooling = choice("The pooling", "pooling", POOLS, state, set);
  const pencil = grid("The drawing, 8 by 8 pixels; Enter or a click turns a pixel on or off", { press: (row, column) => {
    const map = fromHex(state.drawing);
    map[row][column] = 1 - map[row][column];
    seen.clear();
    set({ drawing: toHex(map) });
  } });
  const visit = (row, column) => {
    set({ down: row - REACH, right: column - REACH });
  };
  const field = grid("The field of moves; the arrow keys move the drawing", { press: visit, reach: visit });
  const before = grid("The answer for the drawing where it was", { still: "table" });
  const moved = grid("The moved drawing", { still: "img" });
  const after = grid("The answer for the moved drawing", { still: "table" });
  const { node: said, say } = announcer();
  const { node: summary, say: sum } = announcer();
  const bars = element("div", { class: "bars", role: "img" });
  const unit = element("p", { class: "hint" });
  let last = "";

  const small = (map) => map.map((row) => row.map((value) => ({
    text: value,
    kind: value ? "on" : "",
  })));

  function draw() {
    const map = picture();
    const pool = POOLINGS[state.pooling];
    const [was, is] = [pool(map), pool(shift(map, state.down, state.right))];
    const here = verdict(was, is, state.down, state.right);
    if (last !== state.drawing + state.pooling) seen.clear();
    last = state.drawing + state.pooling;
    if (state.all && seen.size < moves) {
      found().forEach((row, i) => row.forEach((one, j) => seen.set(`${i - REACH},${j - REACH}`, one)));
    }
    seen.set(`${state.down},${state.right}`, here);

    pencil.show(fromHex(state.drawing).map((row, i) => row.map((value, j) => ({
      kind: value ? "on" : "", selected: Boolean(value), name: `row ${i + 1}, column ${j + 1}: ${value ? "on" : "off"}` }))));
    const line = Array.from({ length: 2 * REACH + 1 }, (_, n) => n - REACH);
    field.show(line.map((down) => line.map((right) => {
      const one = seen.get(`${down},${right}`);
      const there = down === state.down && right === state.right;
      return { text: SIGNS[one] ?? "", kind: `${one ?? "shut"}${there ? " picked" : ""}`, selected: there,
        name: `${distance(down, right)}${one ? `: ${one}` : ""}` };
    })));
    field.go(state.down + REACH, state.right + REACH);
    moved.show(shift(map, state.down, state.right).map((row) => row.map((value) => ({ kind: value ? "on" : "" }))));
    before.show(small(was));
    after.show(small(is));
    const change = largestChange(was, is) / SCALE[state.pooling];
    // Both have weights with the largest ½ in each direction, and cannot change by more for a move by one pixel.
    const bound = SCALE[state.pooling] > 1 && Math.abs(state.down) + Math.abs(state.right) === 1 ? "; for one pixel it is at most 0.5" : "";
    unit.textContent = `${{ sum: "The answers in quarters. ", blur: "The answers in sixteenths. " }[state.pooling] ?? ""}` +
      `Largest change of an answer: ${Number(change.toFixed(4))}${bound}.`;
    const far = distance(state.down, state.right);
    say(`${far[0].toUpperCase()}${far.slice(1)}. ${MEANING[here]}`);

    const of = (name) => [...seen.values()].filter((one) => one === name).length;
    sum(seen.size === moves ? `Of ${moves} moves, ${of("kept")} keep the answer, ${of("moved")} move it along, ${of("changed")} change it.`
      : `${count(seen.size, "move")} of ${moves} tried.`);
    const scores = line.map((right) => pool(shift(map, 0, right)));
    const most = Math.max(...scores.map(total)) || 1;
    bars.setAttribute("aria-label", `Sums of the answers, from ${REACH} pixels left to ${REACH} right: ${scores.map((s) => score(s, state.pooling)).join(", ")}`);
    bars.replaceChildren(...scores.map((one, n) => element("span", { class: n - REACH === state.right ? "bar picked" : "bar", style: `--height:${total(one) / most}` },
      element("b", {}, score(one, state.pooling)))));
    for (const control of [pooling, ask]) control.draw();
  }

  const panel = (title, cells, size) => element("figure", { class: `panel ${size}` },
    element("figcaption", {}, title), element("div", { class: "scrolls" }, cells.node));
  covered.append(
    element("div", { class: "controls" }, pooling.node, element("div", {}, element("p", { class: "hint" }, "The drawing"),
      element("p", { class: "tries" }, ...Object.entries(DRAWINGS).map(([label, drawing]) => button(label, () => set({ drawing })))))),
    element("div", { class: "panels" },
      panel("draw here", pencil, "medium"), panel("move here", field, "medium"), panel("the moved drawing", moved, "small")),
    element("div", { class: "panels" }, panel("pooled before", before, "paired"), panel("pooled after", after, "paired")),
    unit, said, summary,
    element("p", { class: "tries" }, button("Fill in the whole field", () => set({ all: 1 })), button("Begin again", () => {
      seen.clear();
      set({ all: 0, down: 0, right: 0 });
    })),
    element("p", { class: "hint" }, "The sum of all answers while the drawing moves from left to right. An invariant pooling would draw a level line."),
    bars);
  return { nodes: [ask.node, covered], draw };
});
