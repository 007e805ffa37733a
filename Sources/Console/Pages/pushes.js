import { ask } from "./api.js";
import { facts, make, show, table, update, value } from "./dom.js";
import { on, status } from "./events.js";
import { pretty } from "./messages.js";
import { number, t, time } from "./words.js";

const conditions = ["topic", "key"];
const most = 200;
/// Rows are committed a little after the time that they bear: that far back is asked again.
const overlap = 10000;

/// Open connections by route, and the newest pushes; or one push.
export async function pushes(room, { rest, query }) {
  if (rest[0]) return push(room, rest[0]);
  sessionStorage.setItem("pushes", location.hash);
  const filter = Object.fromEntries(Object.entries(query).filter(([name]) => conditions.includes(name)));
  const sockets = make("div");
  const list = make("div");
  const pill = make("p", { class: "pill" });
  let rows = [];
  let waiting = [];
  /// Whether pushes between those that wait and those that are shown were left out.
  let isAnew = false;
  let isOver = false;

  const draw = () => {
    update(pill, waiting.length > 0 && make("button", { class: "main", onclick: take }, `${number(waiting.length)} ${t("new")}`));
    update(list, pushTable(rows));
  };
  const take = () => {
    rows = waiting.concat(isAnew ? [] : rows).slice(0, most);
    waiting = [];
    isAnew = false;
    draw();
  };
  /// Nothing moves while somebody points at a row, has the focus in one or has scrolled down.
  const isRead = () => list.matches(":hover") || list.contains(document.activeElement) || window.scrollY > 0;
  const look = async () => {
    const newest = [...waiting, ...rows][0];
    const since = newest ? { since: new Date(Date.parse(newest.at) - overlap).toISOString() } : {};
    const answer = await ask("/api/pushes", { ...filter, ...since, limit: most });
    const fresh = answer.pushes.filter((row) => ![...waiting, ...rows].some((one) => one.id === row.id));
    if (fresh.length === 0) return;
    if (newest && fresh.length === answer.pushes.length) {
      isAnew = true;
      waiting = [];
    }
    waiting = fresh.concat(waiting).slice(0, most);
    if (rows.length === 0 || !isRead()) take();
    else draw();
  };
  const drawSockets = (now) => now && update(sockets, socketTable(now.routes.filter((route) => route.sockets !== null)));

  show(room, make("h2", {}, t("Open connections")), sockets, make("h2", {}, t("The newest pushes")),
    filterForm(filter), make("p", { class: "soft" }, t("Of all gateways on this database. They are kept for an hour.")), pill, list);
  drawSockets(status ?? await ask("/api/status"));
  await look();
  draw();
  const stopListening = on("status", drawSockets);
  const turn = async () => {
    if (isOver) return;
    try { await look(); } catch { /* the banner shows that the gateway or the store is away */ }
    if (!isOver) setTimeout(turn, 2000);
  };
  setTimeout(turn, 2000);
  return () => {
    isOver = true;
    stopListening();
  };
}

function socketTable(routes) {
  return table(
    [{ title: t("Route") }, { title: t("Listener") }, { title: t("Path") }, { title: t("Open at this gateway"), number: true }],
    routes.map((route) => ({ key: route.name, cells: [
      make("strong", {}, value(route.name)), value(route.endpoint.listener), route.endpoint.path === null ? t("any") : value(route.endpoint.path),
      number(route.sockets),
    ] })), t("No route serves connections."), t("Open connections"));
}

function filterForm(asked) {
  const field = (name) => {
    const input = make("input", { name, size: 14, type: "text" });
    input.value = asked[name] ?? "";
    return input;
  };
  const submit = (event) => {
    event.preventDefault();
    const given = [...new FormData(event.target)].filter(([name, one]) => one && conditions.includes(name));
    location.hash = `#/pushes?${new URLSearchParams(given)}`;
  };
  return make("form", { class: "row", onsubmit: submit },
    make("label", {}, t("Topic"), field("topic")), make("label", {}, t("Key"), field("key")),
    make("button", { class: "main" }, t("Apply")));
}

function pushTable(rows) {
  return table(
    [{ title: t("Time"), narrow: true }, { title: t("Route") }, { title: t("Topic") }, { title: t("Key") },
      { title: t("Content"), long: true }, { title: "" }],
    rows.map((row) => ({ key: row.id, cells: [
      time(row.at), value(row.route), value(row.topic), value(row.key), make("bdi", {}, row.body),
      make("a", { href: `#/pushes/${encodeURIComponent(row.id)}`, "aria-label": `${t("Show")}: ${row.topic} ${row.key}, ${time(row.at)}` }, t("Show")),
    ] })), t("Nothing was pushed in the last hour."), t("Pushes"));
}

async function push(room, id) {
  const row = await ask(`/api/pushes/${encodeURIComponent(id)}`);
  show(room,
    make("p", {}, make("a", { href: sessionStorage.getItem("pushes") ?? "#/pushes" }, "← ", t("Back"))),
    make("section", { class: "card" }, facts([
      [t("Time"), time(row.at)], [t("Route"), row.route], [t("Topic"), row.topic], [t("Key"), row.key], [t("Size"), `${number(row.bytes)} ${t("bytes")}`],
    ])),
    make("h2", {}, t("Content")), make("pre", { tabindex: "0", role: "region", "aria-label": t("Content") }, pretty(row.body)));
}
