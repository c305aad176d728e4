"use strict";
// The picture: a box for each value and module, laid out by dagre, and arrows between them.

const graph = JSON.parse(document.getElementById("graph").textContent);
const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
const groups = new Map(graph.groups.map((group) => [group.id, group]));
const closed = new Set();

/** A new element with a class and a text, or with children. */
function make(tag, className = "", ...children) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children);
  return element;
}

// -- mathematics: ⟨dJ⁄dx⟩ is a fraction ---------------------------------------------------------

const FRACTION = /⟨(.*?)⁄(.*?)⟩/;

/** A text with its derivatives as they are read aloud: dJ/dx. */
function plain(text) {
  return text.replace(new RegExp(FRACTION, "g"), "$1/$2");
}

/** A text with its derivatives as they are written: one above the other. */
function formula(text) {
  const parts = text.split(new RegExp(FRACTION, "g"));
  const out = document.createDocumentFragment();
  parts.forEach((part, i) => {
    if (i % 3 === 0) out.append(part);
    if (i % 3 !== 1) return;
    const slash = make("span", "unseen", "/");
    out.append(make("span", "fraction", differential(part), slash, differential(parts[i + 1])));
  });
  return out;
}

/** dx, with a little room before a name of several letters. */
function differential(text) {
  const room = text.length > 3 ? "\u2009" : "";
  return make("span", "", `${text[0]}${room}${text.slice(1)}`);
}

// -- what is visible ----------------------------------------------------------------------------

/** The groups around a node or group, innermost first. */
function around(id) {
  const found = [];
  let group = groups.get(nodes.has(id) ? nodes.get(id).group : groups.get(id).parent);
  for (; group; group = groups.get(group.parent)) found.push(group.id);
  return found;
}

/** What stands for a node or group in the picture: itself, or the closed module that hides it. */
function shown(id) {
  return around(id).findLast((group) => closed.has(group)) ?? id;
}

// -- elements -----------------------------------------------------------------------------------

/** The box of a value: its formula, its number or picture, its gradient. */
function box(node) {
  const button = make("button", `node ${node.kind}`);
  button.type = "button";
  button.dataset.id = node.id;
  button.setAttribute("aria-pressed", "false");
  button.append(make("div", "what", node.label));
  if (node.value) {
    const line = make("div", "value", node.value.text);
    if (node.value.grid) {
      line.classList.add("shape");
      button.append(thumbnail(node.value.grid));
    }
    button.append(line);
  }
  if (node.gradient) {
    const line = make("div", "gradient", formula(`⟨d${graph.J}⁄d${node.short}⟩`));
    if (node.gradient.grid) line.append(" ", thumbnail(node.gradient.grid));
    else line.append(` = ${node.gradient.text}`);
    button.append(line);
  }
  return button;
}

/** The frame of an open module, or its box when it is closed; the button opens and closes it. */
function frame(group) {
  const button = make("button", "");
  button.type = "button";
  button.dataset.group = group.id;
  const element = make("div", "module", button);
  element.dataset.id = group.id;
  return element;
}

function thumbnail(grid) {
  const canvas = paint(grid);
  const scale = Math.min(9, 84 / canvas.width, 54 / canvas.height);
  canvas.style.width = `${Math.max(8, canvas.width * scale)}px`;
  canvas.style.height = `${Math.max(8, canvas.height * scale)}px`;
  return canvas;
}

function arrow() {
  const element = document.createElementNS(SVG, "g");
  element.setAttribute("class", "arrow");
  for (const name of ["ahead", "back"]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", name);
    element.append(path);
  }
  return element;
}

const boxes = new Map();
const arrows = new Map();
const pane = $("pane");

function build() {
  for (const group of graph.groups) boxes.set(group.id, frame(group));
  for (const node of graph.nodes) boxes.set(node.id, box(node));
  for (const edge of graph.edges) {
    const label = make("span", "share", edge.share ?? "");
    label.ariaHidden = "true";
    arrows.set(edge.id, { ...edge, element: arrow(), label });
  }
  // Modules lie below the arrows, values above them; in the order in which they are computed.
  $("arrows").before(...graph.groups.map((group) => boxes.get(group.id)));
  for (const { element, label, share } of arrows.values()) {
    $("arrows").append(element);
    if (share) pane.append(label);
  }
  pane.append(...graph.nodes.map((node) => boxes.get(node.id)));
}

// -- layout -------------------------------------------------------------------------------------

let extent = { width: 1, height: 1 };

function layout() {
  const g = new dagre.graphlib.Graph({ compound: true, multigraph: true });
  const upright = $("stage").clientWidth < $("stage").clientHeight * 0.8;
  const rankdir = upright ? "TB" : "LR";
  g.setGraph({ rankdir, nodesep: 34, ranksep: 36, edgesep: 22, marginx: 30, marginy: 34 });
  for (const [id, element] of boxes) {
    const visible = shown(id) === id;
    element.hidden = !visible;
    if (!visible) continue;
    const open = groups.has(id) && !closed.has(id);
    if (groups.has(id)) label(element, groups.get(id), !open);
    if (groups.has(id)) element.style.width = element.style.height = "";
    g.setNode(id, open ? {} : { width: element.offsetWidth, height: element.offsetHeight });
  }
  for (const [id] of boxes) {
    const parent = around(id)[0];
    if (g.hasNode(id) && parent && g.hasNode(parent)) g.setParent(id, parent);
  }
  const drawn = new Map();
  // Backwards: then dagre sets the inputs of an op in their order, as far as lines do not cross.
  for (const edge of [...arrows.values()].reverse()) {
    const [from, to] = [shown(edge.from), shown(edge.to)];
    const direct = from === edge.from && to === edge.to;
    const name = direct ? edge.id : `${from} ${to}`;
    const repeated = from === to || drawn.has(name);
    edge.element.toggleAttribute("hidden", repeated);
    edge.element.style.display = repeated ? "none" : "";
    edge.label.hidden = !direct || from === to;
    if (repeated) continue;
    drawn.set(name, { edge, from, to });
    const size = edge.share && direct
      ? { width: edge.label.offsetWidth + 6, height: edge.label.offsetHeight, labelpos: "c" } : {};
    // What comes into a module stands before it, not beside its parameters.
    const entered = around(to).filter((group) => !around(from).includes(group)).length;
    g.setEdge(from, to, { ...size, minlen: 1 + 2 * Math.min(1, entered) }, name);
  }
  dagre.layout(g);
  place(g, drawn);
  extent = g.graph();
}

/** The words on a module's button. */
function label(element, group, isClosed) {
  const button = element.firstChild;
  element.classList.toggle("closed", isClosed);
  button.ariaExpanded = String(!isClosed);
  const named = group.name === group.label ? group.name : `${group.name}: ${group.label}`;
  button.textContent = `${isClosed ? "▸" : "▾"} ${named}`;
  if (isClosed && group.about) button.append(make("div", "about", group.about));
}

function place(g, drawn) {
  for (const id of g.nodes()) {
    const { x, y, width, height } = g.node(id);
    const element = boxes.get(id);
    const open = groups.has(id) && !closed.has(id);
    const [padX, padY] = open ? [4, 6] : [0, 0];
    element.style.left = `${x - width / 2 - padX}px`;
    element.style.top = `${y - height / 2 - padY}px`;
    if (open) {
      element.style.width = `${width + 2 * padX}px`;
      element.style.height = `${height + 2 * padY}px`;
    }
  }
  for (const [name, { edge, from, to }] of drawn) {
    const { points, x, y } = g.edge(from, to, name);
    const upright = g.graph().rankdir === "TB";
    const ends = [dock(g.node(from), points[1], 1, upright), dock(g.node(to), points.at(-2), -1, upright)];
    const line = curve([ends[0], ...points.slice(1, -1), ends[1]], upright);
    for (const path of edge.element.children) path.setAttribute("d", line);
    edge.label.style.left = `${x - edge.label.offsetWidth / 2}px`;
    edge.label.style.top = `${y - edge.label.offsetHeight / 2}px`;
  }
}

/** Where a line leaves a box (side 1) or comes to it (side -1), on its way to or from a point. */
function dock({ x, y, width, height }, towards, side, upright) {
  const near = (goal, middle, size) => Math.max(middle - size * 0.3, Math.min(middle + size * 0.3, goal));
  return upright
    ? { x: near(towards.x, x, width), y: y + (side * height) / 2 }
    : { x: x + (side * width) / 2, y: near(towards.y, y, height) };
}

/** A line through the points that is level at each of them. */
function curve(points, upright) {
  const at = (x, y) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  let path = `M${at(points[0].x, points[0].y)}`;
  for (let i = 1; i < points.length; i++) {
    const [p, q] = [points[i - 1], points[i]];
    const [mx, my] = [(p.x + q.x) / 2, (p.y + q.y) / 2];
    path += upright ? `C${at(p.x, my)} ${at(q.x, my)} ${at(q.x, q.y)}`
      : `C${at(mx, p.y)} ${at(mx, q.y)} ${at(q.x, q.y)}`;
  }
  return path;
}

// -- zoom and pan -------------------------------------------------------------------------------

const view = { x: 0, y: 0, scale: 1 };

function show(glides) {
  pane.classList.toggle("glides", glides);
  pane.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
}

/** The whole picture, but not so small that nothing can be read; `all` of it if asked for. */
function fit(all) {
  const { clientWidth: width, clientHeight: height } = $("stage");
  const scale = Math.min(width / extent.width, (height - 40) / extent.height, 1.6);
  view.scale = all ? scale : Math.max(0.4, scale);
  const [right, below] = [width - extent.width * view.scale, height - 30 - extent.height * view.scale];
  view.x = right < 0 ? 0 : right / 2;
  view.y = all || below > 0 ? below / 2 : 0;
  show(true);
}

/** Zoom by a factor, with the point (x, y) of the window staying where it is. */
function zoom(factor, x = $("stage").clientWidth / 2, y = $("stage").clientHeight / 2) {
  const scale = Math.max(0.1, Math.min(4, view.scale * factor));
  view.x = x - ((x - view.x) * scale) / view.scale;
  view.y = y - ((y - view.y) * scale) / view.scale;
  view.scale = scale;
  show(false);
}

/** Move the picture until an element can be seen. */
function reveal(element) {
  const stage = $("stage").getBoundingClientRect();
  let [left, top] = [0, 0];
  for (let part = element; part !== pane; part = part.offsetParent) {
    left += part.offsetLeft;
    top += part.offsetTop;
  }
  left = left * view.scale + view.x;
  top = top * view.scale + view.y;
  const right = left + element.offsetWidth * view.scale;
  const bottom = top + element.offsetHeight * view.scale;
  if (left >= 8 && top >= 8 && right <= stage.width - 8 && bottom <= stage.height - 40) return;
  view.x += stage.width / 2 - (left + right) / 2;
  view.y += stage.height / 2 - (top + bottom) / 2;
  show(true);
}

// A box that is reached by the keyboard is brought into the window.
pane.addEventListener("focusin", ({ target }) => {
  if (target.matches(":focus-visible")) reveal(target.closest(".node, .module.closed") ?? target);
});

$("stage").addEventListener("wheel", (event) => {
  event.preventDefault();
  const { left, top } = $("stage").getBoundingClientRect();
  zoom(Math.exp(-event.deltaY * 0.0015), event.clientX - left, event.clientY - top);
}, { passive: false });

$("stage").addEventListener("pointerdown", (event) => {
  if (event.target.closest("button") || event.button !== 0) return;
  $("stage").setPointerCapture(event.pointerId);
});

$("stage").addEventListener("pointermove", (event) => {
  if (!$("stage").hasPointerCapture(event.pointerId)) return;
  view.x += event.movementX;
  view.y += event.movementY;
  show(false);
});
