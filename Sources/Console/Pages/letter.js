import { ask, mayChange, order } from "/assets/api.js";
import { facts, make, show } from "/assets/dom.js";
import { confirmed, tell } from "/assets/dialogs.js";
import { number, t, time } from "/assets/words.js";

/// One dead letter: where it came from, why it failed and where in it, and what can be done.
export async function letter(room, id) {
  const path = `/api/dead-letters/${encodeURIComponent(id)}`;
  const view = await ask(path);
  const row = view.letter;
  const again = () => letter(room, id);
  const isOpen = row.state === "open";
  const replay = async () => {
    if (await confirmed(t("Send this letter again?"), id) === null) return;
    const answer = await order(`${path}/replay`);
    tell(`${t("Sent again as")} ${answer.messageId}`);
    await again();
  };
  const discard = async () => {
    const why = await confirmed(t("Lay this letter aside?"), id, { label: `${t("Why?")} (${t("optional")})` });
    if (why === null) return;
    await order(`${path}/discard`, why ? { reason: why } : {});
    tell(t("Discarded."));
    await again();
  };
  const message = make("div");
  show(message, text(view));
  show(room,
    make("p", {}, make("a", { href: "#/dead-letters" }, "← ", t("Back"))),
    make("section", { class: "card" }, facts([
      ["id", row._id], [t("State"), t(row.state)], [t("Route"), row.route], [t("Queue"), row.queue],
      [t("Message id"), row.messageId], [t("Company"), row.companyId], [t("Catalog"), row.catalog],
      [t("Received"), time(row.receivedAt)], [t("Replayed as"), row.replayedAs], [t("Reason"), row.discardReason],
    ])),
    make("h2", {}, t("Reasons")),
    make("ul", {}, row.reasons.map((reason) => make("li", {},
      make("strong", {}, reason.code),
      reason.item === null || reason.item === undefined ? "" : ` (${t("item")} ${reason.item})`, ": ", reason.text))),
    make("h2", {}, t("Message"), ` (${number(view.bytes)} ${t("bytes")})`),
    isOpen && mayChange() && make("p", { class: "actions" },
      make("button", { class: "main", onclick: replay }, t("Replay")),
      !view.isCut && make("button", { onclick: () => edit(message, view, path, again) }, t("Edit")),
      make("button", { onclick: discard }, t("Discard"))),
    view.isCut && make("p", { class: "warn" }, t("The message is too long for this page; only its beginning is shown.")),
    message);
}

/// The text with the places that the reasons name marked.
function text(view) {
  const places = view.places.map((place) => {
    if (place.start !== undefined) return { start: place.start, end: place.start + place.length };
    const before = view.text.split("\n").slice(0, place.line - 1).join("\n").length + (place.line > 1 ? 1 : 0);
    const start = Math.min(before + place.column - 1, Math.max(view.text.length - 1, 0));
    return { start, end: start + 1 };
  }).sort((a, b) => a.start - b.start || a.end - b.end);
  const parts = [];
  let at = 0;
  for (const { start, end } of places) {
    if (start < at) continue;
    parts.push(view.text.slice(at, start), make("mark", {}, view.text.slice(start, end)));
    at = end;
  }
  parts.push(view.text.slice(at));
  return make("pre", { tabindex: "0" }, parts);
}

function edit(message, view, path, again) {
  const area = make("textarea", { class: "code", spellcheck: "false", "aria-describedby": "check", "aria-label": t("Message") });
  area.value = view.text;
  const check = make("p", { class: "check", id: "check", role: "status" });
  const save = make("button", { class: "main" }, t("Save"));
  const look = () => {
    const problem = mistake(area.value);
    check.className = problem ? "check bad" : "check good";
    check.textContent = problem ?? `✓ ${t("valid JSON")}`;
    save.disabled = Boolean(problem);
  };
  area.addEventListener("input", look);
  save.addEventListener("click", async () => {
    await order(`${path}/edit`, area.value);
    tell(t("Saved."));
    await again();
  });
  show(message, area, check, make("p", { class: "actions" }, save, make("button", { onclick: again }, t("Cancel"))));
  look();
  area.focus();
}

/// What is wrong with a text that should be JSON, with its place; null where nothing is.
function mistake(text) {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    const at = /position (\d+)/.exec(error.message);
    if (!at) return `${t("no JSON")}: ${error.message}`;
    const before = text.slice(0, Number(at[1])).split("\n");
    return `${t("no JSON")}: ${t("line")} ${before.length}, ${t("column")} ${before.at(-1).length + 1}: ${error.message}`;
  }
}
