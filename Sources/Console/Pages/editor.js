// An editor for a message: validated against its route while typing.
import { order } from "./api.js";
import { make, show } from "./dom.js";
import { tell, wordsOf } from "./dialogs.js";
import { number, reasonWords, t } from "./words.js";

const pause = 300;

/// `room`: the parent element. `path`: address of the dead letter. `again`: reloads the dead letter.
export function edit(room, view, path, again) {
  const behind = make("pre", { class: "code behind", "aria-hidden": "true" });
  const area = make("textarea", {
    class: "code", spellcheck: "false", autocapitalize: "off", "aria-describedby": "check", "aria-label": t("Message"),
  });
  // What was not saved outlives the page: leaving it by accident loses nothing.
  const name = `draft ${view.letter._id}`;
  const kept = JSON.parse(sessionStorage.getItem(name) ?? "null");
  const draft = kept?.text ?? null;
  area.value = draft ?? view.text;
  const restored = draft !== null && draft !== view.text
    && make("p", { class: "warn", role: "status" }, t(kept?.base === view.text ? "This is your unsaved text from before."
      : "The message was changed since: saving your text replaces that change."), " ",
      make("button", { onclick: (event) => { area.value = view.text; event.target.parentElement.remove(); look(); } }, t("Start over")));
  const keep = () => {
    try { sessionStorage.setItem(name, JSON.stringify({ base: view.text, text: area.value })); } catch { /* too large to be kept */ }
  };
  const check = make("p", { class: "check", id: "check", role: "status" });
  const list = make("ul", { class: "findings" });
  const save = make("button", { class: "main" }, t("Save"));
  let turn = 0;
  let waiting;

  const mark = (places) => {
    show(behind, marked(area.value, places), "\n");
    behind.scrollTop = area.scrollTop;
  };
  const say = (kind, words) => {
    check.className = `check ${kind}`;
    show(check, words);
  };
  const ask = async () => {
    turn += 1;
    const own = turn;
    const text = area.value;
    let answer;
    try {
      answer = await order(`${path}/check`, text);
    } catch (problem) {
      if (own === turn) say("warn", wordsOf(problem));
      return;
    }
    if (own !== turn || text !== area.value) return;
    const findings = answer.findings.map((finding) => ({ ...finding, ...span(text, finding) }));
    const broken = findings.find((finding) => finding.code === "notJson");
    if (broken) say("bad", [`${t("not JSON")}: `, reasonWords(broken)]);
    else if (answer.count === 0) say("good", `✓ ${t("valid JSON")} · ${t("the route takes it")}`);
    else say("warn", `${t("valid JSON")} · ${number(answer.count)} ${t(answer.count === 1 ? "finding" : "findings")}`);
    mark(findings.filter((finding) => finding.start !== null));
    show(list, findings.map((finding) => make("li", {}, make("strong", {}, finding.code), " ",
      finding.start === null ? reasonWords(finding)
        : make("button", { type: "button", class: "plain", onclick: () => go(finding) }, reasonWords(finding)))));
  };
  const go = ({ start, end }) => {
    area.focus();
    area.setSelectionRange(start, end);
    const marks = [...behind.querySelectorAll("mark")];
    const here = marks.find((one) => Number(one.dataset.start) === start) ?? marks[0];
    if (here) area.scrollTop = here.offsetTop - area.clientHeight / 2;
  };
  const look = () => {
    const isJSON = reads(area.value);
    save.disabled = !isJSON;
    if (!isJSON) say("bad", t("not JSON"));
    mark([]);
    clearTimeout(waiting);
    waiting = setTimeout(ask, pause);
  };
  area.addEventListener("input", () => { keep(); look(); });
  area.addEventListener("scroll", () => { behind.scrollTop = area.scrollTop; });
  save.addEventListener("click", async () => {
    await order(`${path}/edit`, area.value);
    sessionStorage.removeItem(name);
    tell(t("Saved."));
    await again();
  });
  const cancel = () => {
    sessionStorage.removeItem(name);
    return again();
  };
  show(room, restored, make("div", { class: "editor" }, behind, area), check, list,
    make("p", { class: "actions" }, save, make("button", { onclick: cancel }, t("Cancel"))));
  look();
  area.focus();
  area.setSelectionRange(0, 0);
}

function reads(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/// The range of a finding in the text; null if it is about the whole text.
export function span(text, finding) {
  if (finding.start !== null) return { start: finding.start, end: finding.start + finding.length };
  if (finding.line === null) return { start: null, end: null };
  const start = startOf(text, finding);
  return { start, end: start + 1 };
}

/// Offset of a line and a column, counted from 1; clamped to the text.
export function startOf(text, { line, column }) {
  const before = text.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  return Math.min(before + column - 1, Math.max(text.length - 1, 0));
}

/// Renders the text with highlighted `places`: {start, end}. Of overlapping ones, the first counts.
export function marked(text, places) {
  const parts = [];
  let at = 0;
  for (const { start, end } of [...places].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < at) continue;
    parts.push(text.slice(at, start), make("mark", { "data-start": start }, text.slice(start, end)));
    at = end;
  }
  parts.push(text.slice(at));
  return parts;
}
