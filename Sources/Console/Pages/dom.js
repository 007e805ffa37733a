// Creates elements. Texts are inserted as text, never as markup.

export function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  put(element, children);
  return element;
}

function put(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

export function show(element, ...children) {
  element.replaceChildren();
  put(element, children);
}

/// `columns`: {title, number?, narrow?, long?}; `rows`: arrays of cells.
export function table(columns, rows, nothing) {
  if (rows.length === 0) return make("p", { class: "soft" }, nothing);
  const kind = (column) => ["number", "narrow", "long"].find((name) => column[name]);
  return make("div", { class: "scroll", tabindex: "0" },
    make("table", {},
      make("thead", {}, make("tr", {}, columns.map((c) => make("th", { scope: "col", class: kind(c) }, c.title)))),
      make("tbody", {}, rows.map((row) =>
        make("tr", {}, row.map((cell, index) => make("td", { class: kind(columns[index]) }, cell)))))));
}

export function facts(pairs) {
  return make("dl", {}, pairs.filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
}

/// A line chart of the last hour. `values`: oldest first.
export function chart(values, label) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 100 30");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("class", "chart");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  const all = values.length > 1 ? values : [0, ...values, 0].slice(0, 2);
  const top = Math.max(...all, 1);
  const points = all.map((value, index) =>
    `${(index * 100 / (all.length - 1)).toFixed(2)},${(29 - value * 28 / top).toFixed(2)}`);
  for (const [shape, list] of [["polygon", ["0,30", ...points, "100,30"]], ["polyline", points]]) {
    const line = document.createElementNS(space, shape);
    line.setAttribute("points", list.join(" "));
    svg.append(line);
  }
  return svg;
}
