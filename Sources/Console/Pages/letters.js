import { ask, mayChange, order } from "/assets/api.js";
import { make, show, table } from "/assets/dom.js";
import { confirmed, tell } from "/assets/dialogs.js";
import { on } from "/assets/events.js";
import { letter } from "/assets/letter.js";
import { number, t, time } from "/assets/words.js";

const codes = ["notJson", "notEnvelope", "tooLarge", "tooDeep", "companyNotAllowed", "unknownCatalog", "invalidOperation",
  "schema", "alreadyExists", "notFound", "reservedField", "duplicateField", "messageIdReuse", "storeRefused",
  "mappingFailed"];
const conditions = ["state", "code", "catalog", "company", "since", "before"];

/// The list with its groups, or one letter.
export async function deadLetters(room, { rest, query }) {
  if (rest[0]) return letter(room, rest[0]);
  const asked = { state: "open", ...Object.fromEntries(Object.entries(query).filter(([name]) => conditions.includes(name))) };
  const groups = make("div");
  const list = make("div");
  let rows = [];
  let cursor = null;

  const load = async () => {
    const filter = { ...asked, state: asked.state === "all" ? "" : asked.state };
    const answer = await ask("/api/dead-letters", filter);
    rows = answer.deadLetters;
    cursor = answer.cursor;
    const grouped = (await ask("/api/dead-letters/groups", { ...filter, state: "open" })).groups;
    show(groups, make("h2", {}, t("Groups"), " (", t("open"), ")"), groupTable(grouped, asked, load));
    draw();
  };
  const more = async () => {
    const answer = await ask("/api/dead-letters", { ...asked, state: asked.state === "all" ? "" : asked.state, cursor });
    rows = rows.concat(answer.deadLetters);
    cursor = answer.cursor;
    draw();
  };
  const search = make("input", { type: "search", name: "search", id: "search", oninput: () => draw() });
  const draw = () => {
    const word = search.value.toLowerCase();
    const found = word ? rows.filter((row) => JSON.stringify(row).toLowerCase().includes(word)) : rows;
    show(list, make("h2", {}, t("Dead letters"), ` (${number(found.length)}${cursor ? "+" : ""})`),
      letterTable(found), cursor && make("p", {}, make("button", { onclick: more }, t("More"))));
  };

  const exporting = new URLSearchParams(Object.entries(asked).filter(([, value]) => value && value !== "all"));
  show(room, filterForm(asked, search), make("p", {},
    make("a", { href: `/api/dead-letters/export?${exporting}`, download: "dead-letters.ndjson" }, t("Export"))),
  groups, list);
  await load();
  // Only what is new is loaded again; what somebody reads stays where it is.
  let isLoading = false;
  return on("deadLetters", async () => {
    if (isLoading || rows.length > 50) return;
    isLoading = true;
    try { await load(); } finally { isLoading = false; }
  });
}

function filterForm(asked, search) {
  const choice = (name, words, none) => {
    const select = make("select", { name }, [["", none], ...words.map((word) => [word, t(word)])]
      .filter(([, title]) => title !== null).map(([value, title]) => make("option", { value }, title)));
    select.value = asked[name] ?? "";
    return select;
  };
  const text = (name, hint) => {
    const input = make("input", { name, placeholder: hint, size: 14 });
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
    make("button", { class: "main" }, t("Apply")),
    make("label", {}, t("Search"), search));
}

function groupTable(groups, asked, reload) {
  const query = (group) => new URLSearchParams(Object.entries({
    company: asked.company, since: asked.since, before: asked.before, code: group.code, catalog: group.catalog,
  }).filter(([, value]) => value));
  const all = async (word, question, group) => {
    const detail = `${group.code} · ${group.catalog ?? "-"} · ${number(group.count)}`;
    const why = await confirmed(t(question), detail, word === "discard" ? { label: `${t("Why?")} (${t("optional")})` } : null);
    if (why === null) return;
    let done = 0;
    for (;;) {
      const answer = await order(`/api/dead-letters/${word}?${query(group)}`, why ? { reason: why } : {});
      done += answer.done;
      tell(`${t("Done")}: ${number(done)} · ${t("left")}: ${number(answer.left)}`
        + (answer.failed ? ` · ${t("failed")}: ${answer.failed} (${answer.firstFailure})` : ""));
      if (answer.left === 0 || answer.done === 0) break;
    }
    await reload();
  };
  return table(
    [{ title: t("Code") }, { title: t("Catalog") }, { title: t("Count"), number: true },
      { title: t("Newest"), narrow: true }, { title: "" }],
    groups.map((group) => [
      make("strong", {}, group.code), group.catalog ?? "-", number(group.count), time(group.newest),
      make("div", { class: "actions" },
        make("a", { href: `#/dead-letters?${query(group)}` }, t("Show")),
        mayChange() && make("button", { onclick: () => all("replay", "Send all of these again?", group) }, t("Replay all")),
        mayChange() && make("button", { onclick: () => all("discard", "Lay all of these aside?", group) }, t("Discard all"))),
    ]), t("No dead letters."));
}

function letterTable(rows) {
  return table(
    [{ title: t("Received"), narrow: true }, { title: t("State") }, { title: t("Company") }, { title: t("Catalog") },
      { title: t("Reason"), long: true }, { title: "" }],
    rows.map((row) => [
      time(row.receivedAt), t(row.state), row.companyId ?? "-", row.catalog ?? "-",
      row.reasons.slice(0, 3).map((reason) => make("div", {}, make("strong", {}, reason.code), " ", reason.text))
        .concat(row.reasons.length > 3 ? [make("div", { class: "soft" }, `+${row.reasons.length - 3}`)] : []),
      make("a", { href: `#/dead-letters/${encodeURIComponent(row._id)}` }, t("Show")),
    ]), t("No dead letters."));
}
