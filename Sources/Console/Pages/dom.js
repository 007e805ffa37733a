// Creates and updates elements. Texts are inserted as text, never as markup.
import { number, t } from "./words.js";

// Marks that change the direction of the text around them: a sender could reorder what a page says with them.
const controls = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const escaped = (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
const plain = (text) => String(text).replace(controls, escaped);

/// `on…`: a listener. `key`: `update` keeps the element with the same key.
export function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element[name] = value;
    else if (name === "key") element.dataset.key = value;
    else element.setAttribute(name, value === true ? "" : plain(value));
  }
  element.append(...nodes(children));
  return element;
}

/// Text nodes, with direction marks as visible escapes.
function text(words) {
  const all = String(words);
  if (all.search(controls) < 0) return [document.createTextNode(all)];
  const found = [];
  let at = 0;
  for (const match of all.matchAll(controls)) {
    const escape = document.createElement("span");
    escape.className = "control";
    escape.textContent = escaped(match[0]);
    if (match.index > at) found.push(document.createTextNode(all.slice(at, match.index)));
    found.push(escape);
    at = match.index + 1;
  }
  if (at < all.length) found.push(document.createTextNode(all.slice(at)));
  return found;
}

function nodes(children) {
  return children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false)
    .flatMap((child) => (child instanceof Node ? [child] : text(child)));
}

/// Replaces the content.
export function show(element, ...children) {
  element.replaceChildren(...nodes(children));
}

/// Changes the content into this one, and keeps the elements that are in both: focus, selection, scroll position and what
/// is open stay. Elements are the same by key, else by tag and order.
export function update(element, ...children) {
  merge(element, nodes(children));
}

function merge(parent, wanted) {
  const keyed = new Map();
  const others = [];
  for (const child of parent.childNodes) {
    if (child.dataset?.key) keyed.set(child.dataset.key, child);
    else others.push(child);
  }
  const kept = wanted.map((node) => {
    const key = node.dataset?.key;
    if (key) {
      const same = keyed.get(key);
      keyed.delete(key);
      return same?.nodeName === node.nodeName ? same : null;
    }
    const index = others.findIndex((other) => other.nodeName === node.nodeName);
    return index < 0 ? null : others.splice(0, index + 1)[index];
  });
  const stay = new Set(kept);
  for (const child of [...parent.childNodes]) if (!stay.has(child)) child.remove();
  let next = parent.firstChild;
  wanted.forEach((node, index) => {
    const old = kept[index];
    if (!old) return parent.insertBefore(node, next);
    if (old === next) next = next.nextSibling;
    else parent.insertBefore(old, next);
    return change(old, node);
  });
}

const listeners = ["onclick", "onsubmit", "onchange", "oninput"];

function change(old, node) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== node.data) old.data = node.data;
    return;
  }
  for (const { name } of [...old.attributes]) {
    // What a person opened stays open.
    if (!node.hasAttribute(name) && name !== "open" && name !== "tabindex") old.removeAttribute(name);
  }
  for (const { name, value } of node.attributes) {
    if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const name of listeners) if (old[name] !== node[name]) old[name] = node[name];
  if (!["INPUT", "SELECT", "TEXTAREA"].includes(old.nodeName)) merge(old, [...node.childNodes]);
}

/// A name or an id from outside: isolated from the surrounding text direction; long ones are cut by CSS.
export const value = (words, more) => (words === null || words === undefined || words === "" ? more?.none ?? "-"
  : make("bdi", { class: "value", title: String(words).length > 24 ? words : null }, words));

/// A state by sign and colour.
export const state = (kind, words) => make("span", { class: `state ${kind}` },
  make("span", { class: "sign", "aria-hidden": "true" }, { good: "✓", warn: "!", bad: "✕", soft: "–" }[kind]), words);

/// Marks a row as gone, for screen readers only: visible text could widen the column.
export const gone = (row) => (row.isGone ? make("span", { class: "unseen" }, ` (${t("no longer here")})`) : null);

// A table that is wider than the page can be scrolled with the keyboard; another one is not a tab stop.
const widths = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

/// `columns`: {title, number?, narrow?, long?}; `rows`: {key, cells, class?}, or arrays of cells. `name`: of the table.
export function table(columns, rows, nothing, name) {
  if (rows.length === 0) return make("p", { class: "soft" }, nothing);
  const kind = (column) => (column.title ? ["number", "narrow", "long"].find((word) => column[word]) : "act");
  // The roles are set explicitly, since on a narrow page the rows are laid out as cards.
  const list = make("div", { class: "scroll", role: "region", "aria-label": name ?? t("Table") },
    make("table", { role: "table" },
      make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, columns.map((c) =>
        make("th", { scope: "col", role: "columnheader", class: kind(c) },
          c.title || make("span", { class: "unseen" }, t("Actions")))))),
      make("tbody", { role: "rowgroup" }, rows.map((row) =>
        make("tr", { role: "row", key: row.key, class: row.class }, (row.cells ?? row).map((cell, index) =>
          make("td", { role: "cell", class: kind(columns[index]), "data-title": columns[index].title || null }, make("div", {}, cell))))))));
  widths.observe(list);
  return list;
}

export function facts(pairs) {
  return make("dl", {}, pairs.filter(([, fact]) => fact !== null && fact !== undefined && fact !== "")
    .map(([name, fact]) => [make("dt", {}, name), make("dd", {}, fact instanceof Node ? fact : make("bdi", {}, fact))]));
}

const hour = 3600000;
const tolerance = 30000;

/// A chart of the last hour. `samples`: {at, value}, the oldest first; a value of null is unknown. What was not measured is
/// left empty, and a value holds until the next one: gaps are not bridged by a line.
export function chart(samples, now, label) {
  const space = "http://www.w3.org/2000/svg";
  const known = samples.filter(({ value: one }) => one !== null);
  const highest = Math.max(...known.map(({ value: one }) => one));
  const top = Math.max(highest, 1);
  const x = (at) => (100 - (now - at) * 100 / hour).toFixed(2);
  const y = (one) => (29 - one * 28 / top).toFixed(2);
  const shapes = [];
  let line = null;
  samples.forEach(({ at, value: one }, index) => {
    const before = samples[index - 1];
    if (one === null) { line = null; return; }
    if (!line || at - before.at > tolerance) shapes.push(line = { start: x(at), path: `M${x(at)},${y(one)}`, end: x(at) });
    else line.path += `H${x(at)}V${y(one)}`;
    line.end = x(at);
  });
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 100 30");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("class", "chart");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  for (const { start, path, end } of shapes) {
    for (const [kind, d] of [["area", `${path}V30H${start}Z`], ["line", path + (start === end ? `h0.3` : "")]]) {
      const shape = document.createElementNS(space, "path");
      shape.setAttribute("class", kind);
      shape.setAttribute("d", d);
      svg.append(shape);
    }
  }
  return [make("div", { class: "top-value" }, known.length > 0 ? `${t("highest")}: ${number(highest)}`
    : t("nothing measured yet")), svg, make("div", { class: "axis" }, make("span", {}, t("an hour ago")), make("span", {}, t("now")))];
}
