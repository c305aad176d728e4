"use strict";
// The player: which step it is, what is said about it, and the keys and buttons that change it.

// Of a graph with more boxes than this, modules are closed at first.
const READABLE = 60;

let stops = [];
let at = 0;
let timer = null;

// When each node is reached, each gradient complete, each arrow has carried its share back.
const reachedAt = new Map();
const gradientAt = new Map();
const carriedAt = new Map();
graph.steps.forEach((step, i) => {
  if (step.kind === "inputs" || step.kind === "forward") step.nodes.forEach((id) => reachedAt.set(id, i));
  if (step.edge) carriedAt.set(step.edge, i);
  step.gradients?.forEach((id) => gradientAt.set(id, i));
});
const lastForward = graph.steps.findLastIndex((step) => step.kind === "forward");

// -- steps --------------------------------------------------------------------------------------

/** The closed module in which a step happens, if it cannot be seen. */
function hiddenIn(step) {
  const place = step.edge ? arrows.get(step.edge).to : step.kind === "forward" ? step.nodes[0] : null;
  return place && shown(place) !== place ? shown(place) : null;
}

/** The steps at which the player stops: those inside one closed module in a row are one. */
function findStops() {
  const current = stops[at]?.index ?? 0;
  stops = [];
  graph.steps.forEach((step, index) => {
    const module = hiddenIn(step);
    const before = stops.at(-1);
    if (module && before?.module === module && before.kind === step.kind) before.index = index;
    else stops.push({ index, module, kind: step.kind });
  });
  $("scrubber").max = stops.length - 1;
  const forward = stops.filter((stop) => stop.index <= lastForward).length;
  const [ahead, back] = $("phases").children;
  ahead.style.flex = Math.max(1, forward - 0.5);
  back.style.flex = Math.max(0, stops.length - forward - 0.5);
  back.hidden = !graph.steps.some((step) => step.kind === "seed");
  go(Math.max(0, stops.findIndex((stop) => stop.index >= current)), false);
}

function go(target, follow = true) {
  at = Math.max(0, Math.min(stops.length - 1, target));
  const { index, module } = stops[at];
  const step = graph.steps[index];
  const phase = step.kind === "forward" ? "forward"
    : ["seed", "share", "sum"].includes(step.kind) ? "backward" : "";
  const active = new Set((step.kind === "end" || step.kind === "inputs" ? [] : step.nodes).map(shown));
  for (const [id, element] of boxes) {
    const first = groups.has(id) ? firstInside(id) : reachedAt.get(id);
    element.classList.toggle("reached", first <= index);
    element.classList.toggle("differentiated", gradientAt.get(id) <= index);
    element.classList.toggle("forward", phase === "forward" && active.has(id));
    element.classList.toggle("backward", phase === "backward" && active.has(id));
    element.classList.toggle("sum", step.kind === "sum" && active.has(id));
    if (active.has(id)) element.setAttribute("aria-current", "step");
    else element.removeAttribute("aria-current");
    if (nodes.has(id)) describe(element, nodes.get(id), index);
  }
  for (const [id, { element, label, to }] of arrows) {
    for (const part of [element, label]) {
      part.classList.toggle("reached", reachedAt.get(to) <= index);
      part.classList.toggle("differentiated", carriedAt.get(id) <= index);
      part.classList.toggle("forward", step.kind === "forward" && step.nodes.includes(to));
      part.classList.toggle("backward", step.edge === id);
    }
  }
  say(step, module, phase);
  if (follow && active.size) reveal(boxes.get([...active][0]));
}

const insides = new Map();
function firstInside(group) {
  if (!insides.has(group)) {
    const inside = graph.nodes.filter((node) => node.formula && around(node.id).includes(group));
    insides.set(group, Math.min(...inside.map((node) => reachedAt.get(node.id))));
  }
  return insides.get(group);
}

/** What a screen reader says about a box: only what can be seen by now. */
function describe(element, node, index) {
  const parts = [equation(node)];
  if (reachedAt.get(node.id) <= index && node.value) parts.push(node.value.text);
  if (gradientAt.get(node.id) <= index) {
    parts.push(`d${graph.J}/d${node.name} = ${node.gradient.text}`);
  }
  element.ariaLabel = parts.join(", ");
}

function say(step, module, phase) {
  const group = groups.get(module);
  const text = group ? inside(group, step) : step.say;
  $("say").className = text.length > 100 ? `${phase} long` : phase;
  $("say").replaceChildren(formula(text));
  $("live").textContent = plain(text).replaceAll(" · ", " times ");
  $("count").textContent = `${at} of ${stops.length - 1}`;
  $("scrubber").value = at;
  $("scrubber").ariaValueText = `Step ${at}: ${plain(text)}`;
}

/** What a closed module does: of its inside, which cannot be seen, nothing is said. */
function inside(group, step) {
  const called = `${group.name} (${group.label})`;
  if (step.kind !== "forward") return `The gradient goes back through ${called}`;
  return `${called} computes its value${group.about ? `: ${group.about}` : ""}`;
}

// -- playing ------------------------------------------------------------------------------------

function play(on) {
  clearInterval(timer);
  timer = null;
  if (on) {
    if (at === stops.length - 1) go(0);
    timer = setInterval(() => at < stops.length - 1 ? go(at + 1) : play(false), Number($("speed").value));
  }
  $("play").textContent = on ? "❚❚" : "▶";
  $("play").ariaLabel = on ? "Pause" : "Play";
}

function step(by) {
  play(false);
  go(at + by);
}

// -- modules ------------------------------------------------------------------------------------

function toggle(group) {
  if (!closed.delete(group)) closed.add(group);
  redraw();
  boxes.get(shown(group)).firstChild.focus();
}

function toggleAll() {
  if (!groups.size) return;
  if (closed.size) closed.clear();
  else closeAll();
  redraw();
}

/** Close every module but the outermost, unless nothing would be left to close. */
function closeAll() {
  const inner = graph.groups.filter((group) => group.parent);
  for (const { id } of inner.length ? inner : graph.groups) closed.add(id);
}

/** A large graph begins with as many modules closed, the inner ones first, as it takes to read it. */
function closeAtFirst() {
  const depths = new Map(graph.groups.map(({ id }) => [id, around(id).length]));
  const visible = () => graph.nodes.filter(({ id }) => shown(id) === id).length
    + [...closed].filter((id) => shown(id) === id).length;
  for (let depth = Math.max(...depths.values()); depth > 0 && visible() > READABLE; depth--) {
    for (const [id, own] of depths) if (own === depth) closed.add(id);
  }
}

function redraw() {
  $("fold").textContent = closed.size ? "Open modules" : "Close modules";
  layout();
  fit(false);
  findStops();
}

// -- search -------------------------------------------------------------------------------------

let hits = [];
let hit = -1;

function search(text) {
  const wanted = text.trim().toLowerCase();
  const matches = (parts) => parts.some((part) => part?.toLowerCase().includes(wanted));
  const found = wanted === "" ? [] : [
    ...graph.groups.filter((group) => matches([group.name, group.label])),
    ...graph.nodes.filter((node) => matches([node.name, node.formula, node.op])),
  ];
  hits = [...new Set(found.map(({ id }) => shown(id)))];
  hit = -1;
  for (const [id, element] of boxes) element.classList.toggle("found", hits.includes(id));
  $("found").textContent = wanted === "" ? "" : `${hits.length} found`;
  if (hits.length) reveal(boxes.get(hits[0]));
}

function nextHit() {
  if (!hits.length) return;
  hit = (hit + 1) % hits.length;
  const element = boxes.get(hits[hit]);
  reveal(element);
  (nodes.has(hits[hit]) ? element : element.firstChild).focus();
}

// -- buttons and keys ---------------------------------------------------------------------------

const KEYS = {
  ArrowRight: () => step(1),
  ArrowLeft: () => step(-1),
  Home: () => step(-stops.length),
  End: () => step(stops.length),
  " ": () => play(!timer),
  p: () => play(!timer),
  m: toggleAll,
  "/": () => $("query").focus(),
  "+": () => zoom(1.25),
  "=": () => zoom(1.25),
  "-": () => zoom(0.8),
  0: () => fit(true),
  "?": () => $("keys").showModal(),
  Escape: () => selected !== null && select(selected),
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("keys").open) return;
  if (event.target === $("query")) {
    if (event.key === "Enter") { event.preventDefault(); nextHit(); }
    if (event.key === "Escape") { $("query").value = ""; search(""); $("query").blur(); }
    return;
  }
  if (event.target.matches("select") || (event.key === " " && event.target.matches("button, summary"))) return;
  const action = KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

const BUTTONS = {
  first: KEYS.Home, previous: KEYS.ArrowLeft, next: KEYS.ArrowRight, play: KEYS.p,
  in: KEYS["+"], out: KEYS["-"], fit: KEYS[0], fold: toggleAll, help: KEYS["?"],
};
for (const [id, action] of Object.entries(BUTTONS)) $(id).addEventListener("click", action);

$("scrubber").addEventListener("input", () => { play(false); go(Number($("scrubber").value)); });
$("speed").addEventListener("change", () => play(timer !== null));
$("query").addEventListener("input", () => search($("query").value));
pane.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (button?.dataset.group) toggle(button.dataset.group);
  else if (button) select(button.dataset.id);
});

function repaint() {
  const isDark = dark();
  document.documentElement.style.colorScheme = isDark ? "dark" : "light";
  $("theme").ariaPressed = String(isDark);
  for (const canvas of document.querySelectorAll("canvas")) canvas.dispatchEvent(new Event("repaint"));
}
$("theme").addEventListener("click", () => { inverted = !inverted; repaint(); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
addEventListener("resize", () => { settle(() => { layout(); fit(false); }); });

/** Do something that takes its place at once, without a transition. */
function settle(action) {
  document.body.classList.add("still");
  action();
  requestAnimationFrame(() => requestAnimationFrame(() => document.body.classList.remove("still")));
}

// -- the beginning ------------------------------------------------------------------------------

const LEGEND = {
  parameter: "parameter", input: "input", one: "constant input 1", constant: "constant",
  value: "computed", result: "result", failed: "failed",
};
for (const [kind, name] of Object.entries(LEGEND)) {
  if (graph.nodes.some((node) => node.kind === kind)) {
    document.querySelector(".legend").append(make("li", "", make("i", kind), name));
  }
}
$("fold").hidden = groups.size === 0;
repaint();
build();
closeAtFirst();
settle(redraw);
