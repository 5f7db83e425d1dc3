// What the explorables share: elements, the state in the address, controls, and grids that the arrow keys walk.
// A control is a native one wherever there is one, so that keyboards and screen readers know it already.

/** Make an element: element("p", {class: "note"}, "text", otherElement). Functions become listeners, false is left out. */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  setAttributes(node, attributes);
  node.append(...children);
  return node;
}

/** The same for SVG. */
export function drawing(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(node, attributes);
  node.append(...children);
  return node;
}

function setAttributes(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== false && value !== undefined) node.setAttribute(name, value);
  }
}

// --- the state in the address ---------------------------------------------------------------------------------------
// A field is {start, least, most} for a whole number, {start, words} for a choice, or {start, pattern} for a text.

/** Read "#a=1&b=word", or the same behind a question mark; what is missing or makes no sense keeps its start. */
export function readState(text, fields) {
  const given = new Map(text.replace(/^[#?]/, "").split("&").map((pair) => pair.split("=")));
  const state = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = given.get(name);
    if (value === undefined || !accepts(field, value)) state[name] = field.start;
    else state[name] = field.least === undefined ? value : Number(value);
  }
  return state;
}

function accepts(field, text) {
  if (field.words) return field.words.includes(text);
  if (field.pattern) return field.pattern.test(text);
  return /^-?\d{1,9}$/.test(text) && Number(text) >= field.least && Number(text) <= field.most;
}

/** Write what differs from the start; a state that does not differ has an empty hash. */
export function writeState(state, fields) {
  const changed = Object.keys(fields).filter((name) => state[name] !== fields[name].start);
  return changed.length ? "#" + changed.map((name) => `${name}=${state[name]}`).join("&") : "";
}

/**
 * Put an explorable into its place on the page.
 *
 * `build(state, set)` returns {nodes, draw}: the elements, and a function that makes them show the state.
 * `set({name: value})` changes the state, the address, and what is shown.
 */
export function explore(name, fields, build) {
  const place = document.querySelector(`.explorable[data-name="${name}"]`);
  const state = readState(location.hash.includes("=") ? location.hash : location.search, fields);
  const remember = () => history.replaceState(history.state, "", location.pathname + writeState(state, fields));
  let soon;
  const set = (changes) => {
    Object.assign(state, changes);
    draw();
    // Not at every step of a slider: browsers count how often an address changes.
    clearTimeout(soon);
    soon = setTimeout(remember, 150);
  };
  const { nodes, draw } = build(state, set);
  // A hash that names a heading belongs to the page; one with "=" belongs to the explorable.
  addEventListener("hashchange", () => {
    if (!location.hash.includes("=")) return;
    Object.assign(state, readState(location.hash, fields));
    draw();
  });
  draw();
  place.replaceChildren(...nodes);
  place.classList.add("ready");
}

// --- controls -------------------------------------------------------------------------------------------------------
// Each returns {node, draw}; `draw` shows the state, which may have changed by other means.

/** A slider for a whole number, with its value beside it; `says` writes the value, `last` is the most it can be now. */
export function slider(label, name, fields, state, set, { says = String, last } = {}) {
  const { least, most } = fields[name];
  const value = element("output", { "aria-hidden": "true" });
  const input = element("input", { type: "range", min: least, max: most, step: 1, name, "aria-label": label,
    input: () => set({ [name]: Number(input.value) }) });
  const draw = () => {
    input.max = last ? last() : most;
    // A cell that is no longer there is none.
    input.value = last && state[name] > last() ? least : state[name];
    value.textContent = says(Number(input.value));
    input.setAttribute("aria-valuetext", value.textContent);
  };
  return { node: element("label", { class: "slider" }, element("span", {}, label), input, value), draw };
}

/** One of several words, as radio buttons: {word: label}. */
export function choice(label, name, words, state, set) {
  const inputs = Object.keys(words).map((word) =>
    element("input", { type: "radio", name, value: word, change: () => set({ [name]: word }) }));
  const labels = inputs.map((input) => element("label", {}, input, words[input.value]));
  const draw = () => inputs.forEach((input) => (input.checked = input.value === state[name]));
  return { node: element("fieldset", { class: "choice" }, element("legend", {}, label), ...labels), draw };
}

export const button = (label, click) => element("button", { type: "button", click }, label);

/** The sentence that is read aloud whenever it changes. */
export function announcer() {
  const node = element("p", { class: "told", role: "status", "aria-live": "polite" });
  const say = (text) => {
    if (node.textContent !== text) node.textContent = text;
  };
  return { node, say };
}

/**
 * Ask before showing. The rest of the explorable stays covered until the reader has said a number or asked to see;
 * a shared address that says shown=1 shows it at once.
 *
 * `question()` and `answer()` are about the present state; `verdict(guess, answer)` comments on the guess.
 */
export function prediction({ question, answer, verdict, covered }, state, set) {
  const asked = element("span");
  const input = element("input", { type: "number", step: "any", inputmode: "decimal", size: 6, required: "" });
  const comment = element("p", { class: "judged", role: "status" });
  const show = (text) => {
    set({ shown: 1 });
    comment.textContent = text;
    // The form is gone, and whoever pressed its button with the keyboard goes on from the first control.
    covered.querySelector("input, select, button").focus({ preventScroll: true });
  };
  const form = element("form", { class: "prediction", submit: (event) => {
    event.preventDefault();
    show(verdict(Number(input.value), answer()));
  } }, element("label", {}, asked, " ", input), element("button", {}, "Check"), button("Just show me", () => show("")));
  const draw = () => {
    if (!state.shown) asked.textContent = question();
    form.hidden = Boolean(state.shown);
    covered.hidden = !state.shown;
  };
  return { node: element("div", {}, form, comment), draw };
}

// --- grids ----------------------------------------------------------------------------------------------------------

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * A table of cells, one of which is in the order of the tab key; the arrow keys go to its neighbours.
 *
 * `show(rows)` takes rows of {text, kind, name, selected}: kind is a CSS class, name what is read aloud.
 * A null is a place without a cell. `reach(row, column)` is called when the reader comes to a cell with keyboard or
 * mouse, `press(row, column)` on Enter, the space bar or a click. A `still` grid, "table" or "img", is only looked at.
 */
export function grid(label, { reach = () => {}, press = () => {}, still } = {}) {
  const body = element("tbody");
  const node = element("table", { class: "cells", role: still ?? "grid", "aria-label": label }, body);
  const at = { row: 0, column: 0 };
  const cellAt = (row, column) => body.rows[row]?.cells[column];
  const live = (cell) => cell !== undefined && !cell.classList.contains("none");
  const placeOf = (event) => {
    const cell = event.target.closest("td");
    return cell && live(cell) ? [cell.parentNode.rowIndex, cell.cellIndex] : null;
  };
  const go = (row, column) => {
    if (!live(cellAt(row, column))) return;
    cellAt(at.row, at.column)?.setAttribute("tabindex", -1);
    Object.assign(at, { row, column });
    cellAt(row, column).setAttribute("tabindex", 0);
  };
  if (!still) node.addEventListener("keydown", (event) => {
    const row = body.rows[at.row];
    if (STEPS[event.key]) cellAt(at.row + STEPS[event.key][0], at.column + STEPS[event.key][1])?.focus();
    else if (event.key === "Home") [...row.cells].find(live)?.focus();
    else if (event.key === "End") [...row.cells].findLast(live)?.focus();
    else if (event.key === "Enter" || event.key === " ") press(at.row, at.column);
    else return;
    event.preventDefault();
  });
  node.addEventListener("focusin", (event) => {
    const place = placeOf(event);
    if (place) go(...place), reach(...place);
  });
  node.addEventListener("pointerover", (event) => {
    const place = event.pointerType === "mouse" && placeOf(event);
    if (place) reach(...place);
  });
  node.addEventListener("click", (event) => {
    const place = placeOf(event);
    if (place) go(...place), press(...place);
  });

  const show = (rows) => {
    const shape = rows.map((row) => row.length).join();
    if (node.dataset.shape !== shape) {
      node.dataset.shape = shape;
      node.style.setProperty("--columns", Math.max(...rows.map((row) => row.length)));
      body.replaceChildren(...rows.map((row) => element("tr", {}, ...row.map(() => element("td", { tabindex: !still && -1 })))));
    }
    rows.forEach((row, i) => row.forEach((cell, j) => paint(body.rows[i].cells[j], cell)));
    if (still) return;
    if (!live(cellAt(at.row, at.column))) {
      const first = body.querySelector("td:not(.none)");
      if (first) Object.assign(at, { row: first.parentNode.rowIndex, column: first.cellIndex });
    }
    cellAt(at.row, at.column)?.setAttribute("tabindex", 0);
  };
  return { node, show, go };
}

function paint(td, cell) {
  const { text = "", kind = "", name = "", selected } = cell ?? { kind: "none" };
  if (td.textContent !== String(text)) td.textContent = text;
  if (td.className !== kind) td.className = kind;
  if (cell === null) return td.removeAttribute("tabindex");
  if (name && td.getAttribute("aria-label") !== name) td.setAttribute("aria-label", name);
  if (selected !== undefined) td.setAttribute("aria-selected", selected);
}

/** The number of a cell as people count, or a dash for none; what sliders that pick a cell say. */
export const numbered = (cell) => (cell < 0 ? "–" : String(cell + 1));

/** Write a number with a proper minus sign. */
export const written = (number) => String(number).replace("-", "\u2212");

/** One cell, 2 cells. */
export const count = (number, word, many = `${word}s`) => `${number} ${number === 1 ? word : many}`;
