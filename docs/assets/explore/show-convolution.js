// Draws the three pictures of convolution.js and links them: every cell of every picture is about a place of the
// output, a tap of the kernel, a pixel of the image, or two of them. Picking a cell picks all products it takes part in.

import { announcer, button, choice, count, element, explore, grid, numbered, prediction, slider, written } from "./kit.js";
import { correlate, im2col, inner, meetings, numbers, places, stretch, toeplitz, transpose, transposed } from "./convolution.js";

const MOST = 24;
const FIELDS = {
  size: { least: 3, most: 5, start: 4 },
  kernel: { least: 1, most: 3, start: 3 },
  stride: { least: 1, most: 2, start: 1 },
  padding: { least: 0, most: 1, start: 0 },
  way: { words: ["there", "back"], start: "there" },
  numbers: { least: 1, most: 99, start: 1 },
  place: { least: -1, most: MOST, start: 0 },
  tap: { least: -1, most: 8, start: -1 },
  pixel: { least: -1, most: MOST, start: -1 },
  shown: { least: 0, most: 1, start: 0 },
};
const NOBODY = { place: -1, tap: -1, pixel: -1 };

/** Everything that the pictures show, computed from the state. */
function compute(state) {
  const how = { stride: state.stride, padding: Math.min(state.padding, state.kernel - 1) };
  const side = places(state.size, state.kernel, how);
  const x = numbers(state.numbers, state.size, state.size);
  // No weight is zero, so that a zero of the matrix is a zero for every kernel.
  const w = numbers(state.numbers + 100, state.kernel, state.kernel).map((row) => row.map((value) => value || 5));
  const y = numbers(state.numbers + 200, side, side);
  const matrix = toeplitz(x, w, how);
  return { how, side, x, w, y, matrix, there: correlate(x, w, how), back: transposed(y, x, w, how), met: meetings(x, w, how) };
}

const position = (n, side) => `row ${Math.floor(n / side) + 1}, column ${(n % side) + 1}`;
const map = (rows, describe) => rows.map((row, i) => row.map((value, j) => describe(value, i * row.length + j, i, j)));

function bordered(rows, padding) {
  const zero = { value: 0, empty: true, name: "border" };
  const line = (cells) => [...Array(padding).fill(zero), ...cells, ...Array(padding).fill(zero)];
  const outside = Array(padding).fill(Array(rows.length).fill(zero));
  return [...outside, ...rows, ...outside].map(line);
}

/** The pictures on the way there: the image, the kernel as it is, the output, all windows as columns, the matrix. */
function picturesThere({ how, x, w, matrix, there }) {
  const side = there.length;
  return {
    input: bordered(map(x, (value, pixel) => ({ value, who: { pixel }, name: `pixel ${position(pixel, x.length)}` })), how.padding),
    kernel: map(w, (value, tap) => ({ value, who: { tap }, name: `weight ${position(tap, w.length)}` })),
    output: map(there, (value, place) => ({ value, who: { place }, name: `output ${position(place, side)}` })),
    windows: map(im2col(x, w, how), (value, _, tap, place) =>
      ({ value, who: { tap, place }, name: `under weight ${tap + 1} for output ${place + 1}` })),
    matrix: map(matrix, (value, _, place, pixel) =>
      ({ value: value || null, who: { place, pixel }, name: `matrix row ${place + 1}, column ${pixel + 1}` })),
  };
}

/** The pictures on the way back: the stretched output, the kernel turned, the image's shape, and the matrix transposed. */
function picturesBack({ how, x, w, y, matrix, back }) {
  const last = w.flat().length - 1;
  const canvas = stretch(y, x, w, how);
  const values = canvas.map((row) => row.map((place) => (place === null ? 0 : y.flat()[place])));
  const owner = (pixel, tap) => canvas[Math.floor(pixel / x.length) + Math.floor(tap / w.length)][(pixel % x.length) + (tap % w.length)];
  return {
    input: map(values, (value, _, i, j) => canvas[i][j] === null ? { value, empty: true, name: "a zero put in" }
      : { value, who: { place: canvas[i][j] }, name: `entry ${position(canvas[i][j], y.length)}` }),
    kernel: map(w, (_, n) => ({ value: w.flat()[last - n], who: { tap: last - n }, name: `turned weight ${position(n, w.length)}` })),
    output: map(back, (value, pixel) => ({ value, who: { pixel }, name: `answer ${position(pixel, x.length)}` })),
    windows: map(im2col(values, w), (value, _, n, pixel) => owner(pixel, n) === null ? { value, empty: true, name: "a zero put in" }
      : { value, who: { tap: last - n, pixel }, name: `under turned weight ${n + 1} for answer ${pixel + 1}` }),
    matrix: map(transpose(matrix), (value, _, pixel, place) =>
      ({ value: value || null, who: { pixel, place }, name: `matrix row ${pixel + 1}, column ${place + 1}` })),
  };
}

const agrees = (meeting, who) => Object.entries(who).every(([key, n]) => n < 0 || meeting[key] === n);

/** Which products are picked, and what to say of them. */
function picked(state, { met, x, w, y, there, back, side }) {
  const pick = { place: state.place < side * side ? state.place : -1, tap: state.tap < w.flat().length ? state.tap : -1,
    pixel: state.pixel < x.flat().length ? state.pixel : -1 };
  const nothing = Object.values(pick).every((n) => n < 0);
  const products = nothing ? [] : met.filter((meeting) => agrees(meeting, pick));
  const forward = state.way === "there";
  const term = ({ place, tap, pixel }) => {
    const weight = w.flat()[tap];
    return `${written(forward ? x.flat()[pixel] : y.flat()[place])}·${weight < 0 ? `(${written(weight)})` : weight}`;
  };
  const answerOf = forward ? pick.place : pick.pixel;
  const others = [pick.tap, forward ? pick.pixel : pick.place];
  let text = "";
  if (nothing) text = "Pick any cell.";
  else if (!products.length) text = "These two never meet: a zero of the matrix, or a zero of the border.";
  else if (answerOf >= 0 && others.every((n) => n < 0)) {
    text = `${products.map(term).join(" + ")} = ${written((forward ? there : back).flat()[answerOf])}, in all three pictures.`;
  } else if (products.length === 1) text = `One product: ${term(products[0])}.`;
  else if (pick.tap >= 0) text = `This weight is used ${count(products.length, "time")}: one row of windows, one diagonal of the matrix.`;
  else text = `It takes part in ${count(products.length, "product")}: one column of the matrix.`;
  return { pick, products, text };
}

explore("convolution", FIELDS, (state, set) => {
  const covered = element("div");
  const ask = prediction({
    covered,
    question: () => {
      const { matrix } = compute(state);
      return `A kernel of ${state.kernel}×${state.kernel} slides over an image of ${state.size}×${state.size}. As a matrix this is ` +
        `${matrix.length} rows by ${matrix[0].length} columns. How many of its ${matrix.flat().length} entries hold a weight?`;
    },
    answer: () => compute(state).met.length,
    verdict: (guess, right) => `${guess === right ? "Yes" : `Not ${guess}`}: ${right} entries hold one of only ` +
      `${state.kernel ** 2} different weights, each of them ${state.padding ? "at most once" : "once"} in every row. The rest is zero for every kernel.`,
  }, state, set);
  const controls = [
    slider("image i×i", "size", FIELDS, state, set), slider("kernel k×k", "kernel", FIELDS, state, set),
    slider("stride s", "stride", FIELDS, state, set), slider("border p", "padding", FIELDS, state, set),
    choice("Direction", "way", { there: "A: from the image to the output", back: "Aᵀ: from the output back" }, state, set),
  ];
  // The same as to point, for fingers that are broader than a cell.
  const pickers = [["output", "place", () => compute(state).side ** 2], ["weight", "tap", () => state.kernel ** 2],
    ["pixel", "pixel", () => state.size ** 2]].map(([label, name, many]) =>
    slider(label, name, FIELDS, state, set, { says: numbered, last: () => many() - 1 }));
  let now;
  const titles = {};
  const panel = (name, label) => {
    const reach = (row, column) => {
      const { who } = now[name][row][column];
      if (who) set({ ...NOBODY, ...who });
    };
    const cells = grid(label, { reach, press: reach });
    titles[name] = element("figcaption", {}, label);
    return { name, cells, node: element("figure", { class: "panel" }, titles[name], element("div", { class: "scrolls" }, cells.node)) };
  };
  const panels = [panel("input", "image"), panel("kernel", "kernel"), panel("output", "output"),
    panel("windows", "all windows"), panel("matrix", "matrix")];
  const { node: said, say } = announcer();
  const inners = element("p", { class: "formula" });
  const aside = element("p");

  function draw() {
    const all = compute(state);
    const { pick, products, text } = picked(state, all);
    const forward = state.way === "there";
    now = forward ? picturesThere(all) : picturesBack(all);
    const chosen = (who) => who !== undefined && (products.some((product) => agrees(product, who)) ||
      Object.entries(pick).every(([key, n]) => n === (who[key] ?? -1)));
    for (const { name, cells } of panels) {
      cells.show(now[name].map((row) => row.map(({ value, who, empty, name: label }) => ({
        text: value === null ? "·" : written(value),
        kind: [empty ? "border" : value === null ? "zero" : "", chosen(who) && "picked"].filter(Boolean).join(" "),
        name: `${label}: ${value === null ? "zero" : written(value)}`,
        selected: chosen(who),
      }))));
    }
    titles.input.textContent = forward ? "the image x" : "y, stretched and bordered by zeros";
    titles.kernel.textContent = forward ? "the kernel" : "the kernel, turned";
    titles.output.textContent = forward ? "the output Ax" : "the answer Aᵀy";
    titles.windows.textContent = forward ? "2. Every window as a column: the kernel in one row, times this" : "2. Every window of the stretched map as a column";
    titles.matrix.textContent = forward ? "3. The matrix A: a row for each output, a column for each pixel" : "3. The same matrix, transposed: Aᵀ";
    say(text);
    inners.textContent = `⟨Ax, y⟩ = ${written(inner(all.there, all.y))}, and ⟨x, Aᵀy⟩ = ${written(inner(all.x, all.back))}`;
    aside.textContent = forward
      ? `A has ${all.matrix.flat().length} entries, and ${all.met.length} of them hold a weight.`
      : "The transposed matrix is a convolution again: of a stretched map, with the kernel turned by 180 degrees. " +
        "It takes the shape of the image back, not the image.";
    for (const control of [...controls, ...pickers, ask]) control.draw();
  }

  covered.append(element("div", { class: "controls" }, ...controls.map(({ node }) => node)),
    element("p", { class: "hint" }, "Point at any cell, or walk with the arrow keys: its partners light up in the other pictures. " +
      "Or pick an output, a weight or a pixel here, or two of them:"),
    element("div", { class: "controls" }, ...pickers.map(({ node }) => node)),
    said, element("p", { class: "panel-title" }, "1. A window slides"),
    element("div", { class: "panels" }, ...panels.slice(0, 3).map(({ node }) => node)),
    ...panels.slice(3).map(({ node }) => node), inners, aside,
    element("p", { class: "tries" }, button("Other numbers", () => set({ numbers: (state.numbers % 99) + 1 }))));
  return { nodes: [ask.node, covered], draw };
});
