import { ask, mayChange, order } from "/assets/api.js";
import { facts, make, show } from "/assets/dom.js";
import { confirmed, tell } from "/assets/dialogs.js";
import { edit, marked, startOf } from "/assets/editor.js";
import { number, t, time } from "/assets/words.js";

/// One dead letter: its origin, its reasons with their locations, and the available actions.
export async function letter(room, id) {
  const path = `/api/dead-letters/${encodeURIComponent(id)}`;
  const view = await ask(path);
  const row = view.letter;
  const again = () => letter(room, id);
  const isOpen = row.state === "open";
  const replay = async () => {
    if (await confirmed(t("Replay this dead letter?"), id) === null) return;
    const answer = await order(`${path}/replay`);
    tell(`${t("Replayed as")} ${answer.messageId}`);
    await again();
  };
  const discard = async () => {
    const why = await confirmed(t("Discard this dead letter?"), id, { label: `${t("Why?")} (${t("optional")})` });
    if (why === null) return;
    await order(`${path}/discard`, why ? { reason: why } : {});
    tell(t("Discarded."));
    await again();
  };
  const message = make("div");
  const mend = () => {
    // Unsaved changes cannot be replayed.
    document.getElementById("orders")?.remove();
    edit(message, view, path, again);
  };
  show(message, text(view));
  show(room,
    make("p", {}, make("a", { href: "#/dead-letters" }, "← ", t("Back"))),
    make("section", { class: "card" }, facts([
      ["id", row._id], [t("State"), t(row.state)], [t("Route"), row.route], [t("Queue"), row.queue],
      [t("Message id"), row.messageId], [t("Company"), row.companyId], [t("Catalog"), row.catalog],
      [t("Received"), time(row.receivedAt)], [t("Replayed as"), row.replayedAs], [t("Reason"), row.discardReason],
      ...Object.entries(row.properties ?? {}).map(([name, value]) => [name, plain(value)]),
      ...Object.entries(row.headers ?? {}).map(([name, value]) => [`${t("Header")} ${name}`, plain(value)]),
    ])),
    make("h2", {}, t("Reasons")),
    make("ul", {}, row.reasons.map((reason) => make("li", {},
      make("strong", {}, reason.code),
      reason.item === null || reason.item === undefined ? "" : ` (${t("item")} ${reason.item})`, ": ", reason.text))),
    make("h2", {}, t("Message"), ` (${number(view.bytes)} ${t("bytes")})`),
    isOpen && mayChange() && make("p", { class: "actions", id: "orders" },
      make("button", { class: "main", onclick: replay, disabled: !view.isComplete }, t("Replay")),
      !view.isCut && make("button", { onclick: mend }, t("Edit")),
      make("button", { onclick: discard }, t("Discard"))),
    !view.isComplete && make("p", { class: "bad" },
      t("Part of its payload is missing in the store: it cannot be replayed unchanged.")),
    view.isCut && make("p", { class: "warn" }, t("The message is too long for this page; only its beginning is shown.")),
    message);
}

function plain(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/// The text with the locations of the reasons highlighted.
function text(view) {
  const places = view.places.map((place) => {
    const start = place.start ?? startOf(view.text, place);
    return { start, end: start + (place.length ?? 1) };
  });
  return make("pre", { tabindex: "0" }, marked(view.text, places));
}
