// The frame of all pages: session, navigation, banner.
import { loadSession, order, Problem, session } from "./api.js";
import { make, show, state, update } from "./dom.js";
import { follow, on, status, stop } from "./events.js";
import { tell, wordsOf } from "./dialogs.js";
import { language, said, speak, t, time } from "./words.js";
import { overview } from "./overview.js";
import { messages } from "./messages.js";
import { deadLetters } from "./letters.js";
import { feeds } from "./feeds.js";
import { catalogs } from "./catalogs.js";
import { engines } from "./engines.js";
import { postings } from "./postings.js";
import { pushes } from "./pushes.js";
import { settings } from "./settings.js";
import { mappings } from "./mappings.js";

const pages = [
  ["overview", "Overview", overview], ["messages", "Messages", messages],
  ["dead-letters", "Dead letters", deadLetters], ["feeds", "Feeds", feeds],
  ["postings", "Postings", postings], ["pushes", "Pushes", pushes], ["engines", "Engines", engines], ["catalogs", "Catalogs", catalogs], ["settings", "Settings", settings],
  ["mappings", "Mappings", mappings],
];
const main = document.getElementById("main");
const menu = document.getElementById("menu");
/// Milliseconds after which a page that could not be opened is opened again.
const pause = 5000;
let leave = () => {};
let turn = 0;
let retry;
/// Whether the page could not be opened since the gateway or its store is away.
let isWaiting = false;

/// A part of the address; as it is if it is not encoded as it must be.
const decoded = (part) => {
  try { return decodeURIComponent(part); } catch { return part; }
};

async function open() {
  leave();
  leave = () => {};
  turn += 1;
  clearTimeout(retry);
  isWaiting = false;
  const own = turn;
  const [path, search] = (location.hash.replace(/^#\/?/, "") || "overview").split("?");
  const [name, ...rest] = path.split("/").map(decoded);
  const [, title, page] = pages.find(([word]) => word === name) ?? pages[0];
  document.title = `${t(title)} · Promo Gateway`;
  unfold(false);
  for (const link of document.querySelectorAll("#nav a")) {
    if (link.dataset.page === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const room = make("div");
  show(main, make("h1", {}, t(title)), room);
  show(room, make("p", { class: "soft" }, t("Loading"), "…"));
  try {
    const leaving = await page(room, { rest, query: Object.fromEntries(new URLSearchParams(search ?? "")) });
    if (own === turn) leave = leaving ?? leave;
    else leaving?.();
  } catch (problem) {
    if (own === turn) fail(room, problem);
  }
}

function fail(room, problem, again = open) {
  if (problem instanceof Problem && problem.status === 401) return logIn();
  if (!(problem instanceof Problem)) console.error(problem);
  show(room, make("p", { class: "bad", role: "alert" }, wordsOf(problem)));
  if (!problem.isPassing) return;
  isWaiting = true;
  retry = setTimeout(again, pause);
}

window.addEventListener("unhandledrejection", (event) => {
  if (!(event.reason instanceof Problem)) return;
  event.preventDefault();
  if (event.reason.status === 401) logIn();
  else tell(wordsOf(event.reason));
});

// The banner

/// Number of lines that are shown at first.
const fewLines = 3;
let isConnected = true;
let isWhole = false;
let known = new Set();

/// The page that shows the cause of a problem.
function cause(name) {
  if (name.startsWith("feed ")) return "feeds";
  if (name === "configuration") return "mappings";
  if (name.startsWith("postings ")) return "postings";
  return "overview";
}

function banner() {
  const lines = (status?.banner ?? []).map((line) => ({
    key: line.name + line.since + line.detail, name: line.name, plain: `${line.name}: ${line.detail}`,
    cells: [
      make("a", { href: `#/${cause(line.name)}` }, said(line.name)), ` ${t("since")} `, time(line.since),
      line.count > 1 ? ` (${line.count})` : "", ": ", said(line.detail)],
  }));
  const lost = t("Connection to the gateway lost; reconnecting.");
  if (!isConnected) lines.unshift({ key: "connection", plain: lost, cells: [lost] });
  const element = document.getElementById("banner");
  element.hidden = lines.length === 0;
  element.setAttribute("aria-label", t("Problems"));
  element.classList.toggle("whole", isWhole);
  const more = make("button", { class: "plain", "aria-expanded": String(isWhole), onclick: () => { isWhole = !isWhole; banner(); } },
    isWhole ? t("Show fewer") : `${t("Show all")} (${lines.length})`);
  update(element,
    make("ul", {}, lines.map((line) => make("li", { key: line.key }, line.cells))),
    make("p", { class: lines.length > fewLines ? "more" : "more narrow-only" }, more));
  // Each line is announced once, when it comes.
  const announcer = document.getElementById("said");
  for (const line of lines) if (!known.has(line.key)) announcer.append(make("p", {}, line.plain));
  while (announcer.childElementCount > 5) announcer.firstChild.remove();
  known = new Set(lines.map((line) => line.key));
}

function health() {
  const words = status?.status;
  const off = (status?.parts ?? []).filter((part) => part.state === "off").map((part) => part.name);
  const kind = words !== "ready" ? "bad" : status.banner.length ? "warn" : off.length ? "soft" : "good";
  update(document.getElementById("health"), !isConnected ? state("bad", t("not connected"))
    : words && state(kind, t(words) + (off.length ? ` · ${t("Off")}: ${off.join(", ")}` : "")));
}

on("status", () => { banner(); health(); });
on("connection", (is) => {
  isConnected = is;
  banner();
  health();
  if (is && isWaiting) open();
});
on("gap", () => { if (isWaiting) open(); });
on("loggedOut", () => logIn());

// Session

function unfold(is) {
  document.getElementById("nav").classList.toggle("open", is);
  menu.setAttribute("aria-expanded", String(is));
}
menu.addEventListener("click", () => unfold(menu.getAttribute("aria-expanded") !== "true"));

function frame() {
  show(document.getElementById("nav"), pages.map(([name, title]) =>
    make("a", { href: `#/${name}`, "data-page": name }, t(title))));
  menu.hidden = false;
  menu.textContent = t("Menu");
  const other = language === "es" ? "en" : "es";
  show(document.getElementById("tools"),
    make("span", { id: "role" }, t(session.role ?? "")),
    make("button", { class: "plain", lang: other, onclick: () => speak(other) }, other === "es" ? "Español" : "English"),
    session.canLogOut && make("button", { onclick: logOut }, t("Log out")));
  document.getElementById("skip").textContent = t("Skip to content");
}

async function logOut() {
  await order("/api/logout");
  // Unsaved messages are not for the next user of the tab.
  sessionStorage.clear();
  location.reload();
}

function logIn() {
  stop();
  leave();
  leave = () => {};
  turn += 1;
  clearTimeout(retry);
  isWaiting = false;
  Object.assign(session, { role: null, csrf: null, canLogOut: false });
  frame();
  show(document.getElementById("nav"));
  menu.hidden = true;
  const token = make("input", { type: "password", name: "token", id: "token", autocomplete: "current-password", required: true });
  const problem = make("p", { class: "bad", role: "alert" });
  const submit = async (event) => {
    event.preventDefault();
    try {
      await order("/api/login", { token: token.value });
      await start();
    } catch (error) {
      show(problem, wordsOf(error));
      token.select();
    }
  };
  show(main, make("form", { class: "login card", onsubmit: submit },
    make("h1", {}, "Promo Gateway"), make("label", { for: "token" }, t("Token"), token),
    problem, make("button", { class: "main" }, t("Log in"))));
  token.focus();
}

async function start() {
  await loadSession();
  frame();
  follow();
  await open();
}

document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
window.addEventListener("hashchange", async () => {
  await open();
  main.focus({ preventScroll: true });
});
start().catch((problem) => fail(main, problem, () => location.reload()));
