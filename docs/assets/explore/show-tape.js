// Draws the tape of tape.js: one row for the tape, one for each window.

import { announcer, button, choice, count, element, explore, grid, numbered, prediction, slider } from "./kit.js";
import { answers, border, outputSize, readers, remainder, sizesAlike, span, unread, windows } from "./tape.js";

const FIELDS = {
  size: { least: 1, most: 16, start: 8 },
  kernel: { least: 1, most: 5, start: 3 },
  stride: { least: 1, most: 5, start: 2 },
  padding: { least: 0, most: 3, start: 0 },
  dilation: { least: 1, most: 3, start: 1 },
  mode: { words: ["floor", "ceil", "same"], start: "floor" },
  poke: { least: -1, most: 15, start: -1 },
  shown: { least: 0, most: 1, start: 0 },
};

const PLAIN = { padding: 0, dilation: 1, mode: "floor", poke: -1 };
const TRIES = {
  remainder: { ...PLAIN, size: 16, kernel: 3, stride: 5, poke: 15 },
  gaps: { ...PLAIN, size: 14, kernel: 2, stride: 4, poke: 3 },
  holes: { ...PLAIN, size: 12, kernel: 3, stride: 4, dilation: 2, poke: 1 },
  whole: { ...PLAIN, size: 11, kernel: 3, stride: 2 },
};

/** The setting that is drawn: a pooling in ceil mode takes at most half a window of padding. */
function drawn(state) {
  const padding = state.mode === "ceil" ? Math.min(state.padding, Math.floor(state.kernel / 2)) : state.padding;
  return { ...state, padding };
}

function formula(setting) {
  const { size, stride, mode } = setting;
  if (mode === "same") return `⌈${size} / ${stride}⌉ = ${outputSize(setting)}`;
  const [open, close] = mode === "ceil" ? "⌈⌉" : "⌊⌋";
  const full = Math.ceil((size + 2 * setting.padding - span(setting)) / stride) + 1;
  const less = mode === "ceil" && full > outputSize(setting) && outputSize(setting) > 0 ? " − 1" : "";
  const terms = `${open}(${size} + 2·${setting.padding} − ${span(setting)}) / ${stride}${close} + 1${less}`;
  return outputSize(setting) ? `${terms} = ${outputSize(setting)}` : "no window fits";
}

const ranges = (sizes) => `${sizes[0]} ${sizes.length > 2 ? "to" : "and"} ${sizes.at(-1)}`;

function lesson(setting) {
  const places = outputSize(setting);
  if (!places) return "Even the first window is longer than tape and border together. A library should refuse, not answer.";
  const lost = unread(setting);
  const alike = sizesAlike(setting);
  const windowsThere = count(places, "window");
  const same = alike.length > 1
    ? `Tapes of ${ranges(alike)} cells all have ${windowsThere}: the size of the input cannot be told from the output.`
    : `Only a tape of ${count(alike[0], "cell")} has ${windowsThere}.`;
  if (!lost.length) return `${windowsThere}, and every cell is read. ${same}`;
  const why = lost.at(-1) === setting.size - 1 && setting.mode === "floor"
    ? ` The division leaves a remainder of ${remainder(setting)}.` : "";
  return `${windowsThere}, and ${count(lost.length, "cell")} (grey) that no window reads.${why} ${same}`;
}

explore("tape", FIELDS, (state, set) => {
  const covered = element("div");
  const ask = prediction({
    covered,
    question: () => `A tape of ${state.size} cells, a window of ${state.kernel}, a stride of ${state.stride}, ` +
      `a border of ${state.padding}. How many windows fit?`,
    answer: () => outputSize(drawn(state)),
    verdict: (guess, right) => guess === right
      ? `${right} it is. Now count the cells that no window reads.`
      : `There are ${right}, not ${guess}. Look for the place where your count and the tape part.`,
  }, state, set);

  const sliders = [["tape i", "size"], ["window k", "kernel"], ["stride s", "stride"], ["border p", "padding"],
    ["dilation d", "dilation"]].map(([label, name]) => slider(label, name, FIELDS, state, set));
  // The same as to press a cell, for fingers that are broader than one.
  sliders.push(slider("poke cell", "poke", FIELDS, state, set, { says: numbered, last: () => state.size - 1 }));
  const mode = choice("What happens at the end", "mode",
    { floor: "what does not fit is dropped", ceil: "a cut-off window counts (pooling)", same: "pad so that o = ⌈i / s⌉" }, state, set);
  const tape = grid("The tape, and below it a row for each window", {
    reach: (row, column) => point(row === 0 ? column : null),
    press: (row, column) => {
      const cell = column - border(drawn(state))[0];
      pointed = null;
      if (row === 0 && cell >= 0 && cell < state.size) set({ poke: state.poke === cell ? -1 : cell });
    },
  });
  const { node: said, say } = announcer();
  const size = element("p", { class: "formula" });
  const { node: taught, say: teach } = announcer();
  let pointed = null;

  /** Say who reads a cell, and mark its readers. */
  function point(column) {
    pointed = column;
    draw();
    if (column === null) return;
    const setting = drawn(state);
    const cell = column - border(setting)[0];
    if (cell < 0 || cell >= setting.size) return say("A cell of the border: always zero.");
    const who = readers(setting, cell).map((place) => place + 1);
    say(who.length ? `Cell ${cell + 1} is read by ${who.length === 1 ? "window" : "windows"} ${who.join(", ")}.`
      : `Cell ${cell + 1} is read by no window. Poke it: press Enter.`);
  }

  function draw() {
    const setting = drawn(state);
    const [before, after] = border(setting);
    const all = windows(setting);
    const first = -before;
    const last = Math.max(setting.size + after - 1, ...all.flat());
    const lost = unread(setting);
    const values = Array.from({ length: setting.size }, () => 1);
    const was = answers(setting, values);
    if (state.poke < setting.size && state.poke >= 0) values[state.poke] += 4;
    const now = answers(setting, values);
    const columns = Array.from({ length: last - first + 1 }, (_, n) => first + n);
    const inside = (cell) => cell >= 0 && cell < setting.size;
    const top = columns.map((cell, column) => ({
      text: inside(cell) ? values[cell] : 0,
      kind: [inside(cell) ? "cell" : "border", lost.includes(cell) && "unread", values[cell] > 1 && "poked",
        pointed === column && "picked"].filter(Boolean).join(" "),
      name: inside(cell) ? `cell ${cell + 1}, holds ${values[cell]}${lost.includes(cell) ? ", read by no window" : ""}` : "border, zero",
      selected: state.poke === cell,
    }));
    const rows = all.map((cells, place) => [...columns.map((cell) => {
      if (cell < cells[0] || cell > cells.at(-1)) return null;
      const read = cells.includes(cell);
      return { text: read ? "●" : "·", kind: `window${read ? " read" : ""}${columns[pointed] === cell && read ? " picked" : ""}`,
        name: `window ${place + 1} ${read ? "reads" : "skips"} ${inside(cell) ? `cell ${cell + 1}` : "border"}` };
    }), { text: now[place], kind: `answer${now[place] !== was[place] ? " changed" : ""}`, name: `window ${place + 1} answers ${now[place]}` }]);
    tape.show([[...top, null], ...rows]);
    size.textContent = formula(setting);
    teach(lesson(setting));
    const moved = now.filter((value, place) => value !== was[place]).length;
    if (state.poke >= 0 && state.poke < setting.size && pointed === null) say(poked(moved));
    else if (pointed === null) say("");
    for (const control of [...sliders, mode, ask]) control.draw();
  }

  const poked = (moved) => `Cell ${state.poke + 1} now holds 5 instead of 1: ` +
    (moved ? `${count(moved, "answer")} of ${outputSize(drawn(state))} changed.` : "not one answer changed.");

  const tries = element("p", { class: "tries" }, "Try: ",
    button("a remainder", () => set({ ...TRIES.remainder })), button("gaps between windows", () => set({ ...TRIES.gaps })),
    button("holes in a window", () => set({ ...TRIES.holes })), button("nothing lost", () => set({ ...TRIES.whole })));
  covered.append(element("div", { class: "controls" }, ...sliders.map(({ node }) => node), mode.node),
    size, element("div", { class: "scrolls" }, tape.node),
    element("p", { class: "hint" }, "Each row is a window, and at its end stands the sum of what it reads. ",
      "Arrow keys walk along the tape, Enter pokes a cell."),
    taught, said, tries);
  // Whoever moves a slider is asking about windows, no longer about a cell.
  covered.addEventListener("input", () => (pointed = null));
  return { nodes: [ask.node, covered], draw };
});
