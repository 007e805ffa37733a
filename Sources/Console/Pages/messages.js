import { ask, order } from "./api.js";
import { facts, make, show, state as sign, table, update, value } from "./dom.js";
import { wordsOf } from "./dialogs.js";
import { number, said, t, time } from "./words.js";

const conditions = ["route", "company", "catalog", "outcome", "text"];
const outcomes = ["applied", "partlyRejected", "rejected", "deadLettered", "duplicate", "ignored",
  "inserted", "updated", "unchanged", "deleted", "absent"];
const most = 200;

/// The live tail of settled messages; or one message, explained.
export async function messages(room, { rest, query }) {
  if (rest[0] === "try") return trial(room);
  if (rest[0]) return message(room, rest[0]);
  sessionStorage.setItem("messages", location.hash);
  const filter = Object.fromEntries(Object.entries(query).filter(([name]) => conditions.includes(name)));
  const list = make("div");
  const state = make("span", { class: "soft" });
  const pill = make("p", { class: "pill" });
  let rows = [];
  let waiting = [];
  let last = 0;
  let leftOut = null;
  let missed = 0;
  let isPaused = false;
  let isOver = false;

  const draw = () => {
    update(state, missed > 0 ? `${t("and others that arrived too fast to be shown")}: ${number(missed)}` : "");
    update(pill, waiting.length > 0 && make("button", { class: "main", onclick: take }, `${number(waiting.length)} ${t("new")}`));
    update(list, messageTable(rows));
  };
  /// A further part of a long message has its number, and takes its place.
  const joined = (fresh, old) => fresh.concat(old.filter((row) => !fresh.some((one) => one.number === row.number))).slice(0, most);
  const take = () => {
    rows = joined(waiting, rows);
    waiting = [];
    draw();
  };
  /// Nothing moves while somebody points at a row, has the focus in one, selects text or has scrolled down.
  const isRead = () => list.matches(":hover") || list.contains(document.activeElement) || window.scrollY > 0
    || list.contains(document.getSelection()?.anchorNode) && !document.getSelection().isCollapsed;
  const look = async () => {
    const answer = await ask("/api/messages", { ...filter, after: last, limit: most });
    // The gateway has restarted: numbers start from one again.
    if (answer.last < last) rows = waiting = [];
    missed += leftOut === null || answer.leftOut < leftOut ? 0 : answer.leftOut - leftOut;
    leftOut = answer.leftOut;
    const isNew = answer.messages.length > 0 || answer.last < last;
    last = answer.last;
    waiting = joined(answer.messages, waiting);
    const known = new Map(waiting.map((row) => [row.number, row]));
    rows = rows.map((row) => known.get(row.number) ?? row);
    waiting = waiting.filter((row) => !rows.some((one) => one.number === row.number));
    if (waiting.length > 0 && (rows.length === 0 || !isRead())) take();
    else if (isNew) draw();
  };
  const pause = make("button", { "aria-pressed": "false" }, t("Pause"));
  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    pause.setAttribute("aria-pressed", String(isPaused));
    show(pause, t(isPaused ? "Resume" : "Pause"));
  });
  show(room,
    make("p", { class: "soft" }, t("Messages settled while this page is open, newest first.")),
    filterForm(filter),
    make("p", { class: "actions" }, pause, make("a", { href: "#/messages/try" }, t("Explain a message"), "…"), state),
    pill, list);
  await look();
  draw();
  const turn = async () => {
    if (isOver) return;
    try { if (!isPaused) await look(); } catch { /* the banner shows that the gateway is away */ }
    if (!isOver) setTimeout(turn, 1000);
  };
  setTimeout(turn, 1000);
  return () => { isOver = true; };
}

function filterForm(asked) {
  const text = (name, hint, type = "text") => {
    const input = make("input", { name, placeholder: hint, size: 14, type });
    input.value = asked[name] ?? "";
    return input;
  };
  const outcome = make("select", { name: "outcome" },
    [["", t("any")], ...outcomes.map((word) => [word, t(word)])].map(([value, title]) => make("option", { value }, title)));
  outcome.value = asked.outcome ?? "";
  const submit = (event) => {
    event.preventDefault();
    const given = [...new FormData(event.target)].filter(([name, value]) => value && conditions.includes(name));
    location.hash = `#/messages?${new URLSearchParams(given)}`;
  };
  return make("form", { class: "row", onsubmit: submit },
    make("label", {}, t("Company"), text("company", "")),
    make("label", {}, t("Catalog"), text("catalog", "catalogItem")),
    make("label", {}, t("Outcome"), outcome),
    make("label", {}, t("Route"), text("route", "")),
    make("label", {}, t("Search"), text("text", t("reason, id, key"), "search")),
    make("button", { class: "main" }, t("Apply")));
}

const counts = (row) => Object.entries(row.outcomes).map(([word, count]) => `${t(word)} ${number(count)}`).join(", ");
const isBad = (row) => ["rejected", "partlyRejected", "deadLettered"].includes(row.outcome);

function messageTable(rows) {
  return table(
    [{ title: t("Settled"), narrow: true }, { title: t("Route") }, { title: t("Company") }, { title: t("Catalog") },
      { title: t("Message id"), long: true }, { title: t("Outcome"), long: true }, { title: "" }],
    rows.map((row) => ({ key: String(row.number), cells: [
      time(row.at), value(row.route), value(row.companyId), value(row.catalog), value(row.messageId),
      [make("div", {}, sign(isBad(row) ? "bad" : "good", t(row.outcome)), counts(row) ? ` · ${counts(row)}` : ""),
        row.reason && make("div", { class: "soft" }, said(row.reason))],
      make("a", { href: `#/messages/${row.number}`, "aria-label": `${t("Show")}: ${row.messageId ?? row.catalog ?? "-"}, ${time(row.at)}` }, t("Show")),
    ] })), t("No messages settled since this page was opened."), t("Messages"));
}

async function message(room, id) {
  const path = `/api/messages/${encodeURIComponent(id)}`;
  const row = await ask(path);
  const way = make("div");
  const explain = async () => {
    const answer = await ask(`${path}/explain`);
    show(way, explained(answer));
  };
  show(room,
    make("p", {}, make("a", { href: sessionStorage.getItem("messages") ?? "#/messages" }, "← ", t("Back"))),
    make("section", { class: "card" }, facts([
      [t("Settled"), time(row.at)], [t("Outcome"), sign(isBad(row) ? "bad" : "good", t(row.outcome))],
      [t("Outcomes"), counts(row)], [t("Route"), row.route], [t("Queue"), row.queue], [t("Message id"), row.messageId],
      [t("Company"), row.companyId], [t("Catalog"), row.catalog], [t("Items"), number(row.itemCount)],
      ...Object.entries(row.headers).map(([name, value]) => [`${t("Header")} ${name}`, value]),
    ])),
    row.reasons.length > 0 && [make("h2", {}, t("Reasons")),
      make("ul", {}, row.reasons.map((reason) => make("li", {}, said(reason)))),
      row.messageId && make("p", {}, make("a",
        { href: `#/dead-letters?${new URLSearchParams({ state: "all", text: row.messageId })}` }, t("Its dead letters")))],
    row.items.length > 0 && [make("h2", {}, t("Items"), row.items.length < row.itemCount
      ? ` (${number(row.items.length)} / ${number(row.itemCount)})` : ""), table(
      [{ title: t("item"), number: true }, { title: t("Operation") }, { title: t("Record"), long: true }, { title: t("Outcome") }],
      row.items.map((item) => [item.item, item.operation ?? "-", value(item.key),
        item.outcome === "rejected" ? sign("bad", t(item.outcome)) : t(item.outcome)]), "", t("Items"))],
    make("h2", {}, t("Message"), ` (${number(row.bytes)} ${t("bytes")})`),
    row.message === null ? make("p", { class: "soft" }, t("The message is too long to be kept for this page."))
      : [make("p", { class: "actions" }, make("button", { class: "main", onclick: explain }, t("Explain"))), way,
        make("pre", { tabindex: "0", role: "region", "aria-label": t("Message") }, pretty(row.message))]);
}

/// Explains a message without sending it.
function trial(room) {
  const text = make("textarea", { class: "code", spellcheck: "false", "aria-label": t("Message"), required: true });
  const route = make("input", { size: 14, placeholder: t("the first one that matches") });
  const way = make("div", { "aria-live": "polite" });
  const submit = async (event) => {
    event.preventDefault();
    const search = route.value ? `?${new URLSearchParams({ route: route.value })}` : "";
    try {
      show(way, explained(await order(`/api/explain${search}`, text.value)));
    } catch (problem) {
      if (problem.status === 401) throw problem;
      show(way, make("p", { class: "bad", role: "alert" }, wordsOf(problem)));
    }
  };
  show(room,
    make("p", {}, make("a", { href: sessionStorage.getItem("messages") ?? "#/messages" }, "← ", t("Back"))),
    make("p", { class: "soft" }, t("What would happen to a message now, with the stored records. Nothing is sent or written.")),
    make("form", { onsubmit: submit }, text,
      make("p", { class: "actions" }, make("label", {}, t("Route"), " ", route), make("button", { class: "main" }, t("Explain")))),
    way);
  text.focus();
}

const explained = (answer) => [make("h2", {}, t("As it would be processed now")),
  make("pre", { tabindex: "0", role: "region", "aria-label": t("As it would be processed now"), lang: "en" }, answer.text)];

/// A JSON text with line breaks.
export function pretty(text) {
  // Numbers stay as written, so a text without line breaks is split at its brackets and commas only.
  if (text.includes("\n") || text.length > 20000) return text;
  let out = "";
  let depth = 0;
  let isQuoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const sign = text[index];
    if (isQuoted) {
      out += sign;
      if (sign === "\\") { index += 1; out += text[index] ?? ""; }
      if (sign === "\"") isQuoted = false;
      continue;
    }
    if (sign === "\"") { isQuoted = true; out += sign; continue; }
    if (sign === "{" || sign === "[") { depth += 1; out += `${sign}\n${"  ".repeat(depth)}`; continue; }
    if (sign === "}" || sign === "]") { depth = Math.max(0, depth - 1); out += `\n${"  ".repeat(depth)}${sign}`; continue; }
    if (sign === ",") { out += `,\n${"  ".repeat(depth)}`; continue; }
    if (sign === ":") { out += ": "; continue; }
    if (sign !== " ") out += sign;
  }
  return out;
}
