"use strict";
// Details of a value: its numbers as a table or a heat map, its gradient, the rule of its op.

const dark = () => matchMedia("(prefers-color-scheme: dark)").matches !== inverted;
let inverted = false;

// -- numbers ------------------------------------------------------------------------------------

/** The rows of a grid as numbers; NaN where there is no finite one. */
function rows(grid) {
  if (grid.values) return grid.values.map((row) => row.map(Number));
  const bytes = Uint8Array.from(atob(grid.bytes), (c) => c.charCodeAt(0));
  const number = (byte) => byte === 255 ? NaN : grid.low + (byte / 254) * (grid.high - grid.low);
  return Array.from({ length: grid.rows }, (_, i) =>
    Array.from(bytes.subarray(i * grid.columns, (i + 1) * grid.columns), number));
}

/** Blue below zero, vermilion above, paper at zero; grey where there is no number. */
function colour(share) {
  if (Number.isNaN(share)) return [128, 128, 128];
  const paper = dark() ? [38, 42, 49] : [246, 246, 243];
  const ink = share < 0 ? (dark() ? [86, 180, 233] : [0, 98, 155]) : (dark() ? [255, 140, 70] : [196, 82, 0]);
  const strength = Math.min(1, Math.abs(share)) ** 0.8;
  return paper.map((c, i) => Math.round(c + (ink[i] - c) * strength));
}

/** A heat map, one pixel for each number. */
function paint(grid) {
  const numbers = rows(grid);
  const canvas = document.createElement("canvas");
  canvas.width = numbers[0].length;
  canvas.height = numbers.length;
  canvas.ariaHidden = "true";
  const draw = () => {
    const image = new ImageData(canvas.width, canvas.height);
    const most = Math.max(...numbers.flat().filter(Number.isFinite).map(Math.abs), 1e-300);
    numbers.flat().forEach((number, i) => image.data.set([...colour(number / most), 255], 4 * i));
    canvas.getContext("2d").putImageData(image, 0, 0);
  };
  canvas.addEventListener("repaint", draw);
  draw();
  return canvas;
}

function table(grid) {
  const body = make("tbody", "");
  for (const row of grid.values) {
    body.append(make("tr", "", ...row.map((number) => make("td", "", String(number)))));
  }
  const scroll = make("div", "scroll", make("table", "", body));
  scroll.tabIndex = 0;
  scroll.role = "region";
  scroll.ariaLabel = "Numbers";
  return scroll;
}

/** A heat map that says what is under the pointer. */
function heatMap(grid, numbers) {
  const canvas = paint(grid);
  const cells = rows(grid);
  canvas.ariaHidden = null;
  canvas.role = "img";
  canvas.ariaLabel = `Heat map of shape ${numbers.shape}: ${numbers.all}`;
  canvas.style.aspectRatio = `${canvas.width} / ${Math.max(canvas.height, canvas.width / 24)}`;
  const below = make("p", "quiet", grid.whole
    ? "blue below zero, vermilion above"
    : `${cells.length} × ${cells[0].length} of its numbers, evenly spaced`);
  const usual = below.textContent;
  canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => {
    const i = Math.min(cells.length - 1, Math.floor((offsetY / canvas.clientHeight) * cells.length));
    const j = Math.min(cells[0].length - 1, Math.floor((offsetX / canvas.clientWidth) * cells[0].length));
    below.textContent = `row ${i}, column ${j}: about ${cells[i]?.[j]?.toPrecision(3)}`;
  });
  canvas.addEventListener("pointerleave", () => { below.textContent = usual; });
  return make("div", "", canvas, below);
}

function numbersOf(numbers) {
  const about = [make("p", "quiet", `${numbers.dtype}, shape ${numbers.shape}`)];
  if (!numbers.grid) return [make("p", "number", numbers.all), ...about];
  if (numbers.all.startsWith("min")) about.push(make("p", "quiet", numbers.all));
  return [numbers.grid.values ? table(numbers.grid) : heatMap(numbers.grid, numbers), ...about];
}

// -- the panel ----------------------------------------------------------------------------------

const KINDS = {
  parameter: "parameter: it is learned, and has a gradient",
  input: "input",
  one: "the constant input 1, whose weight is the bias",
  constant: "constant",
  value: "computed value",
  result: "result",
  several: "operation with several results",
  failed: "the operation that failed",
};
let selected = null;

function select(id) {
  boxes.get(selected)?.setAttribute("aria-pressed", "false");
  selected = id === selected ? null : id;
  $("details").hidden = selected === null;
  if (selected === null) return;
  boxes.get(id).setAttribute("aria-pressed", "true");
  $("details").replaceChildren(...details(nodes.get(id)));
  $("details").scrollTop = 0;
  reveal(boxes.get(id));
}

/** v = a + u; the name alone of what is no value. */
function equation(node) {
  return node.formula && node.value ? `${node.name} = ${node.formula}` : node.name;
}

function details(node) {
  const close = make("button", "close", "×");
  close.type = "button";
  close.ariaLabel = "Close details";
  close.addEventListener("click", () => { boxes.get(selected).focus(); select(selected); });
  const title = equation(node);
  const found = [close, make("h2", "", title), make("p", "quiet", KINDS[node.kind])];
  if (node.line) found.push(make("p", "", make("code", "", node.line)));
  if (node.value?.dtype) found.push(make("h3", "", "Value"), ...numbersOf(node.value));
  if (node.gradient) {
    const heading = make("h3", "backwards", "Gradient ", formula(`⟨d${graph.J}⁄d${node.name}⟩`));
    found.push(heading, ...numbersOf(node.gradient));
  } else if (node.missing) {
    found.push(make("h3", "backwards", "Gradient"), make("p", "", node.missing));
  }
  if (node.rules?.length) found.push(...rulesOf(node));
  return found;
}

function rulesOf(node) {
  const found = [make("h3", "backwards", `Backward through ${node.op}`)];
  const remarks = new Set();
  for (const rule of node.rules) {
    const [is, ...remark] = rule.is.split("; ");
    found.push(make("div", "rule", formula(`${rule.of} = ${is}`)));
    remark.forEach((text) => remarks.add(text));
  }
  if (node.rules.some((rule) => /\[[^\]]* [=≠<≤>≥] /.test(rule.is))) {
    remarks.add("[…] is 1 where it is true, 0 elsewhere");
  }
  for (const remark of remarks) found.push(make("p", "quiet", formula(remark)));
  const sources = [...new Set(node.rules.map((rule) => rule.source))].join("\n");
  found.push(make("details", "", make("summary", "quiet", "The rule in the library"),
    make("code", "", sources)));
  return found;
}
