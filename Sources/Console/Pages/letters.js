import { ask, mayChange, order } from "/assets/api.js";
import { make, show, table } from "/assets/dom.js";
import { confirmed, tell } from "/assets/dialogs.js";
import { bundled, on } from "/assets/events.js";
import { letter } from "/assets/letter.js";
import { replayMany } from "/assets/replay.js";
import { number, t, time } from "/assets/words.js";

const codes = ["notJson", "notEnvelope", "tooLarge", "tooDeep", "companyNotAllowed", "unknownCatalog", "invalidOperation",
  "schema", "alreadyExists", "notFound", "reservedField", "duplicateField", "messageIdReuse", "storeRefused",
  "mappingFailed"];
const conditions = ["state", "code", "catalog", "company", "since", "before", "text"];
/// Placeholder in addresses for dead letters without a catalog.
const noCatalog = "-";

/// The list of dead letters with its groups, or one of them.
export async function deadLetters(room, { rest, query }) {
  if (rest[0]) return letter(room, rest[0]);
  const asked = { state: "open", ...Object.fromEntries(Object.entries(query).filter(([name]) => conditions.includes(name))) };
  const filter = { ...asked, state: asked.state === "all" ? "" : asked.state };
  const groups = make("div");
  const orders = make("p", { class: "actions" });
  const list = make("div");
  let rows = [];
  let cursor = null;

  const load = async () => {
    const answer = await ask("/api/dead-letters", filter);
    rows = answer.deadLetters;
    cursor = answer.cursor;
    const grouped = await ask("/api/dead-letters/groups", { ...filter, state: "open" });
    show(groups, make("h2", {}, t("Groups"), " (", t("open"), ")"), groupTable(grouped.groups, asked, load));
    show(orders, orderButtons(asked, grouped.count, load));
    draw();
  };
  const more = async () => {
    const answer = await ask("/api/dead-letters", { ...filter, cursor });
    rows = rows.concat(answer.deadLetters);
    cursor = answer.cursor;
    draw();
  };
  const draw = () => show(list, make("h2", {}, t("Dead letters"), ` (${number(rows.length)}${cursor ? "+" : ""})`),
    letterTable(rows), cursor && make("p", {}, make("button", { onclick: more }, t("More"))));

  show(room, filterForm(asked), orders, groups, list);
  await load();
  // Adds only new rows, so that the reading position and the keyboard focus are kept.
  const soon = bundled(async () => {
    if (rows.length <= 50 && !groups.contains(document.activeElement)) await load();
  });
  const stops = [on("deadLetters", soon), on("gap", soon)];
  return () => stops.forEach((stop) => stop());
}

/// Actions on all open dead letters that match the filter; without a filter, on all.
function orderButtons(asked, count, reload) {
  const { state, ...filter } = Object.fromEntries(Object.entries(asked).filter(([, value]) => value));
  const exporting = new URLSearchParams(state === "all" ? filter : { ...filter, state });
  const isAll = Object.keys(filter).length === 0;
  const replay = async () => {
    const words = isAll ? t("all") : Object.entries(filter).map(([name, value]) => `${name}: ${value}`).join(" · ");
    await replayMany(isAll ? { all: "true" } : filter, `${words} (${number(count)})`, count);
    await reload();
  };
  return [
    make("a", { href: `/api/dead-letters/export?${exporting}`, download: "dead-letters.ndjson" }, t("Export")),
    mayChange() && count > 0
      && make("button", { onclick: replay }, `${t(isAll ? "Replay all" : "Replay what is found")} (${number(count)})…`),
  ];
}

function filterForm(asked) {
  const choice = (name, words, none) => {
    const select = make("select", { name }, [["", none], ...words.map((word) => [word, t(word)])]
      .filter(([, title]) => title !== null).map(([value, title]) => make("option", { value }, title)));
    select.value = asked[name] ?? "";
    return select;
  };
  const text = (name, hint, type = "text") => {
    const input = make("input", { name, placeholder: hint, size: 14, type });
    input.value = asked[name] ?? "";
    return input;
  };
  const submit = (event) => {
    event.preventDefault();
    const given = [...new FormData(event.target)].filter(([name, value]) => value && conditions.includes(name));
    location.hash = `#/dead-letters?${new URLSearchParams(given)}`;
  };
  return make("form", { class: "row", onsubmit: submit },
    make("label", {}, t("State"), choice("state", ["open", "replayed", "discarded", "all"], null)),
    make("label", {}, t("Code"), choice("code", codes, t("any"))),
    make("label", {}, t("Catalog"), text("catalog", "catalogItem")),
    make("label", {}, t("Company"), text("company", "")),
    make("label", {}, t("Since"), text("since", "2h")),
    make("label", {}, t("Search"), text("text", t("reason, id, key"), "search")),
    make("button", { class: "main" }, t("Apply")));
}

function groupTable(groups, asked, reload) {
  const query = (group) => Object.fromEntries(Object.entries({
    company: asked.company, since: asked.since, before: asked.before, text: asked.text, code: group.code,
    catalog: group.catalog ?? noCatalog,
  }).filter(([, value]) => value));
  // Only those in the group now: later ones were not meant.
  const meant = (group) => ({ ...query(group), ...(group.newest ? { before: justAfter(group.newest) } : {}) });
  const words = (group) => `${group.code} · ${group.catalog ?? "-"} · ${number(group.count)}`;
  const replay = async (group) => {
    await replayMany(meant(group), words(group), group.count);
    await reload();
  };
  const discard = async (group) => {
    const why = await confirmed(t("Discard all of these?"), words(group), { label: `${t("Why?")} (${t("optional")})` });
    if (why === null) return;
    let done = 0;
    let failed = 0;
    let cursor = null;
    do {
      const page = new URLSearchParams({ ...meant(group), ...(cursor ? { cursor } : {}) });
      const answer = await order(`/api/dead-letters/discard?${page}`, why ? { reason: why } : {});
      done += answer.done;
      failed += answer.failed;
      cursor = answer.cursor;
      tell(`${t("Done")}: ${number(done)} · ${t("left")}: ${number(answer.left)}`
        + (failed ? ` · ${t("failed")}: ${number(failed)} (${answer.firstFailure})` : ""));
    } while (cursor);
    await reload();
  };
  return table(
    [{ title: t("Code") }, { title: t("Catalog") }, { title: t("Count"), number: true },
      { title: t("Newest"), narrow: true }, { title: "" }],
    groups.map((group) => [
      make("strong", {}, group.code), group.catalog ?? "-", number(group.count), time(group.newest),
      make("div", { class: "actions" },
        make("a", { href: `#/dead-letters?${new URLSearchParams(query(group))}` }, t("Show")),
        mayChange() && make("button", { onclick: () => replay(group) }, t("Replay all"), "…"),
        mayChange() && make("button", { onclick: () => discard(group) }, t("Discard all"))),
    ]), t("No dead letters."));
}

function letterTable(rows) {
  return table(
    [{ title: t("Received"), narrow: true }, { title: t("State") }, { title: t("Company") }, { title: t("Catalog") },
      { title: t("Reason"), long: true }, { title: "" }],
    rows.map((row) => [
      time(row.receivedAt), t(row.state), row.companyId ?? "-", row.catalog ?? "-",
      row.reasons.slice(0, 3).map((reason) => make("div", {}, make("strong", {}, reason.code), " ", reason.text))
        .concat(row.reasonCount > 3 ? [make("div", { class: "soft" }, `+${row.reasonCount - 3}`)] : []),
      make("a", { href: `#/dead-letters/${encodeURIComponent(row._id)}` }, t("Show")),
    ]), t("No dead letters."));
}

/// One millisecond later.
const justAfter = (moment) => new Date(new Date(moment).getTime() + 1).toISOString();
