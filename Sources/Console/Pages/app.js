// The frame of all pages: session, navigation, banner.
import { loadSession, order, Problem, session } from "/assets/api.js";
import { make, show } from "/assets/dom.js";
import { follow, on, status, stop } from "/assets/events.js";
import { tell } from "/assets/dialogs.js";
import { language, speak, t, time } from "/assets/words.js";
import { overview } from "/assets/overview.js";
import { messages } from "/assets/messages.js";
import { deadLetters } from "/assets/letters.js";
import { feeds } from "/assets/feeds.js";
import { catalogs } from "/assets/catalogs.js";
import { engines } from "/assets/engines.js";
import { postings } from "/assets/postings.js";
import { settings } from "/assets/settings.js";
import { mappings } from "/assets/mappings.js";

const pages = [
  ["overview", "Overview", overview], ["messages", "Messages", messages],
  ["dead-letters", "Dead letters", deadLetters], ["feeds", "Feeds", feeds],
  ["postings", "Postings", postings], ["engines", "Engines", engines], ["catalogs", "Catalogs", catalogs], ["settings", "Settings", settings],
  ["mappings", "Mappings", mappings],
];
const main = document.getElementById("main");
let leave = () => {};
let turn = 0;

async function open() {
  leave();
  leave = () => {};
  turn += 1;
  const own = turn;
  const [path, search] = (location.hash.replace(/^#\/?/, "") || "overview").split("?");
  const [name, ...rest] = path.split("/").map(decodeURIComponent);
  const [, title, page] = pages.find(([word]) => word === name) ?? pages[0];
  document.title = `${t(title)} · Promo Gateway`;
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

function fail(room, problem) {
  if (problem instanceof Problem && problem.status === 401) return logIn();
  if (!(problem instanceof Problem)) console.error(problem);
  show(room, make("p", { class: "bad", role: "alert" }, problem.words ?? String(problem)));
}

window.addEventListener("unhandledrejection", (event) => {
  if (!(event.reason instanceof Problem)) return;
  event.preventDefault();
  if (event.reason.status === 401) logIn();
  else tell(event.reason.words);
});

// The banner

let isConnected = true;
let shown = "";

function banner() {
  const lines = (status?.banner ?? []).map((line) => {
    const count = line.count > 1 ? ` (${line.count})` : "";
    return `${line.name}${count}, ${t("Since").toLowerCase()} ${time(line.since)}: ${line.detail}`;
  });
  if (!isConnected) lines.unshift(t("Connection to the gateway lost; reconnecting."));
  const words = lines.join("\n");
  if (words === shown) return;
  shown = words;
  const element = document.getElementById("banner");
  element.hidden = lines.length === 0;
  show(element, lines.map((line) => make("p", {}, line)));
}

on("status", banner);
on("connection", (is) => { isConnected = is; banner(); });
on("loggedOut", () => logIn());

// Session

function frame() {
  show(document.getElementById("nav"), pages.map(([name, title]) =>
    make("a", { href: `#/${name}`, "data-page": name }, t(title))));
  const other = language === "es" ? "en" : "es";
  show(document.getElementById("tools"),
    make("span", { id: "role" }, t(session.role ?? "")),
    make("button", { class: "plain", lang: other, onclick: () => speak(other) }, other === "es" ? "Español" : "English"),
    session.canLogOut && make("button", { onclick: logOut }, t("Log out")));
  document.getElementById("skip").textContent = t("Skip to content");
}

async function logOut() {
  await order("/api/logout");
  location.reload();
}

function logIn() {
  stop();
  leave();
  leave = () => {};
  turn += 1;
  Object.assign(session, { role: null, csrf: null, canLogOut: false });
  frame();
  show(document.getElementById("nav"));
  const token = make("input", { type: "password", name: "token", id: "token", autocomplete: "current-password", required: true });
  const problem = make("p", { class: "bad", role: "alert" });
  const submit = async (event) => {
    event.preventDefault();
    try {
      await order("/api/login", { token: token.value });
      await start();
    } catch (error) {
      show(problem, error.words ?? String(error));
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
start().catch((problem) => fail(main, problem));
