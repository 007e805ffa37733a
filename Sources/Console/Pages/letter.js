import { address, ask, mayChange, order } from "./api.js";
import { again as failedAgain, outcome } from "./bulk.js";
import { facts, make, show, state } from "./dom.js";
import { confirmed, tell, wordsOf } from "./dialogs.js";
import { difference } from "./difference.js";
import { edit, marked, span, startOf } from "./editor.js";
import { number, reasonWords, t, time } from "./words.js";

/// Number of reasons that are shown at first.
const fewReasons = 20;

/// One dead letter: its origin, its reasons with their locations, and the available actions.
export async function letter(room, id) {
  let isOver = false;
  await draw(room, id, () => isOver);
  return () => { isOver = true; };
}

async function draw(room, id, isOver) {
  const path = `/api/dead-letters/${encodeURIComponent(id)}`;
  const view = await ask(path);
  const row = view.letter;
  const again = () => draw(room, id, isOver);
  const isOpen = row.state === "open";
  const replay = async () => {
    const done = await confirmed(t("Replay this dead letter?"), id, null, async () => {
      const answer = await order(`${path}/replay`);
      tell(`${t("Replayed as")} ${answer.messageId}`);
    });
    if (done !== null) await again();
  };
  const discard = async () => {
    const why = await confirmed(t("Discard this dead letter?"), id, { label: `${t("Why?")} (${t("optional")})` }, async (reason) => {
      await order(`${path}/discard`, reason ? { reason } : {});
      tell(t("Discarded."));
    });
    if (why !== null) await again();
  };
  const message = make("div");
  const chance = make("p", { role: "status" });
  const came = make("div", { role: "status" });
  const replayButton = make("button", { onclick: replay, disabled: !view.isComplete }, t("Replay"));
  const mend = () => {
    // Unsaved changes cannot be replayed.
    document.getElementById("orders")?.remove();
    show(chance);
    edit(message, view, path, again);
  };
  const editButton = !view.isCut && make("button", { onclick: mend }, t("Edit"));
  show(message, text(view.text, view.places));
  show(room,
    make("p", {}, make("a", { href: sessionStorage.getItem("dead-letters") ?? "#/dead-letters" }, "← ", t("Back"))),
    make("section", { class: "card" }, facts([
      ["id", row._id], [t("State"), stateOf(row)], [t("Route"), row.route], [t("Queue"), row.queue],
      [t("Message id"), row.messageId], [t("Company"), row.companyId], [t("Catalog"), row.catalog],
      [t("Received"), time(row.receivedAt)],
      [t("Edited"), row.editedAt && `${time(row.editedAt)}${row.editedBy ? ` · ${row.editedBy}` : ""}`],
      [t("Replayed"), time(row.replayedAt)], [t("Replayed as"), row.replayedAs],
      [t("Discarded"), time(row.discardedAt)], [t("Reason"), row.discardReason],
    ])),
    properties(row),
    came,
    make("div", { class: "actions bar" },
      isOpen && mayChange() && make("span", { class: "actions", id: "orders" },
        replayButton, editButton, make("button", { onclick: discard }, t("Discard"))),
      make("a", { href: address(`/api/dead-letters/export?${new URLSearchParams({ id: row._id })}`), download: `dead-letter-${row._id}.ndjson` },
        t("Download"))),
    !view.isComplete && make("p", { class: "bad" },
      t("Part of its payload is missing in the store: it cannot be replayed unchanged.")),
    chance,
    make("h2", {}, t(row.editedAt ? "Reasons of the message as it was received" : "Reasons")), reasons(row),
    make("h2", {}, t(row.editedAt ? "Message as edited" : "Message"), ` (${number(view.bytes)} ${t("bytes")})`),
    view.isCut && make("p", { class: "warn" }, t("The message is too long for this page; only its beginning is shown.")),
    message,
    row.editedAt && (view.received === null || view.isCut
      ? make("p", { class: "soft" }, t("The message as it was received is not kept, or it is too long to be compared here."))
      : make("details", {}, make("summary", {}, t("What the edit changed")), difference(view.received, view.text))));
  // The page does not wait for these.
  if (isOpen && mayChange() && view.isComplete && !view.isCut) {
    weigh(row, view, path, { chance, message, replayButton, editButton }).catch((problem) => show(chance, wordsOf(problem)));
  }
  if (row.replayedAs) follow(id, came, isOver).catch((problem) => show(came, wordsOf(problem)));
}

const stateOf = (row) => make("span", {}, state({ open: "bad", replayed: "soft", discarded: "soft" }[row.state], t(row.state)),
  row.editedAt ? ` · ${t("edited")}` : "");

/// Checks the message against its route, and makes Replay or Edit the main button accordingly.
async function weigh(row, view, path, { chance, message, replayButton, editButton }) {
  const { count, findings } = await order(`${path}/check`, view.text);
  if (message.querySelector("textarea")) return;
  replayButton.classList.toggle("main", count === 0);
  if (editButton) editButton.classList.toggle("main", count > 0);
  if (row.editedAt) show(message, text(view.text, findings.map((finding) => span(view.text, finding)).filter((one) => one.start !== null)));
  chance.className = count === 0 ? "good" : "warn";
  show(chance, count === 0
    ? t("The route takes this message: a replay succeeds unless the stored records do not allow it.")
    : [`${t("A replay of this message fails again")}: ${number(count)} ${t(count === 1 ? "finding" : "findings")}. `,
      row.editedAt ? make("ul", {}, findings.slice(0, fewReasons).map((finding) => make("li", {},
        make("strong", {}, finding.code), " ", reasonWords(finding)))) : t("Edit it first.")]);
}

/// What came of its replay.
async function follow(id, room, isOver) {
  show(room, make("p", {}, t("Waiting for the outcome of the replay"), "…"));
  const fate = await outcome(id, isOver);
  if (isOver()) return;
  show(room, fate.state === "applied" ? make("p", { class: "good" }, state("good", t("The replay was applied.")))
    : fate.state === "failed" ? make("div", { class: "bad" }, make("p", {}, state("bad", t("The replay failed again:"))), failedAgain(fate.letter))
      : make("p", { class: "warn" }, t("The replay was sent, but is not applied yet."), " ",
        make("button", { onclick: () => follow(id, room, isOver) }, t("Look again"))));
}

function properties(row) {
  const pairs = [
    ...Object.entries(row.properties ?? {}).map(([name, one]) => [name, plain(one)]),
    ...Object.entries(row.headers ?? {}).map(([name, one]) => [`${t("Header")} ${name}`, plain(one)])];
  return pairs.length === 0 ? null
    : make("details", { open: pairs.length <= 6 }, make("summary", {}, `${t("Properties and headers")} (${pairs.length})`), facts(pairs));
}

/// The first reasons, or all of them. Where the failed items are not all items of the message, each says which one is meant.
function reasons(row) {
  const items = [...new Set(row.reasons.map((reason) => reason.item).filter((item) => item !== null && item !== undefined))]
    .sort((a, b) => a - b);
  const place = (reason) => {
    if (reason.item === null || reason.item === undefined) return "";
    const here = items.indexOf(reason.item);
    return here === reason.item ? ` (${t("item")} ${reason.item})`
      : ` (${t("item")} ${reason.item} ${t("of the message sent")}; ${t("below")}: /items/${here})`;
  };
  const list = make("ul", { class: "reasons" });
  const fill = (some) => show(list, some.map((reason) => make("li", {},
    make("strong", {}, reason.code), place(reason), ": ", reasonWords(reason))));
  fill(row.reasons.slice(0, fewReasons));
  if (row.reasons.length <= fewReasons) return list;
  const more = make("button", { onclick: () => { fill(row.reasons); more.remove(); list.tabIndex = -1; list.focus(); } },
    `${t("Show all")} (${number(row.reasons.length)})`);
  return [list, make("p", {}, more)];
}

function plain(one) {
  return typeof one === "string" ? one : JSON.stringify(one);
}

/// The text with these locations highlighted.
function text(words, locations) {
  const places = locations.map((place) => {
    const start = place.start ?? startOf(words, place);
    return { start, end: place.end ?? start + (place.length ?? 1) };
  });
  return make("pre", { tabindex: "0", role: "region", "aria-label": t("Message") }, marked(words, places));
}
