import { address, ask, mayChange, Problem } from "./api.js";
import { gone, make, show, state as sign, table, update, value } from "./dom.js";
import { wordsOf } from "./dialogs.js";
import { bundled, on } from "./events.js";
import { letter } from "./letter.js";
import { discardMany, replayMany } from "./bulk.js";
import { number, reasonWords, t, time } from "./words.js";

const codes = ["notJson", "notEnvelope", "tooLarge", "tooDeep", "companyNotAllowed", "unknownCatalog", "invalidOperation",
  "schema", "alreadyExists", "notFound", "guard", "reservedField", "duplicateField", "messageIdReuse", "storeRefused",
  "mappingFailed", "preconditionFailed"];
const conditions = ["state", "code", "catalog", "company", "since", "before", "text"];
/// Placeholder in addresses for dead letters without a catalog.
const noCatalog = "-";
/// Number of groups that are shown at first.
const fewGroups = 8;

export const letterState = (row) => [
  sign({ open: "bad", replayed: "soft", discarded: "soft" }[row.state], t(row.state)),
  row.editedAt ? make("div", { class: "soft" }, t("edited")) : ""];

/// The list of dead letters with its groups, or one of them.
export async function deadLetters(room, { rest, query }) {
  if (rest[0]) return letter(room, rest[0]);
  sessionStorage.setItem("dead-letters", location.hash);
  const asked = { state: "open", ...Object.fromEntries(Object.entries(query).filter(([name]) => conditions.includes(name))) };
  const filter = { ...asked, state: asked.state === "all" ? "" : asked.state };
  const problem = make("p", { class: "bad", role: "alert" });
  const pill = make("p", { class: "pill" });
  const groups = make("div");
  const orders = make("p", { class: "actions" });
  const list = make("div", { id: "letters" });
  let rows = [];
  let cursor = null;
  let grouped = { groups: [], count: 0 };
  let areAllGroups = false;

  const read = async () => {
    // Only open dead letters can be replayed or discarded.
    const isOpen = ["open", "all"].includes(asked.state);
    return Promise.all([
      ask("/api/dead-letters", filter), isOpen ? ask("/api/dead-letters/groups", { ...filter, state: "open" }) : grouped]);
  };
  const load = async () => {
    show(problem);
    update(pill);
    let answer;
    try {
      [answer, grouped] = await read();
    } catch (error) {
      // The form stays, so that what is wrong in it can be corrected.
      if (!(error instanceof Problem) || error.status === 401 || (error.isPassing && rows.length === 0)) throw error;
      show(problem, wordsOf(error));
      return;
    }
    rows = answer.deadLetters;
    cursor = answer.cursor;
    draw();
  };
  const more = async () => {
    const answer = await ask("/api/dead-letters", { ...filter, cursor });
    rows = rows.concat(answer.deadLetters);
    cursor = answer.cursor;
    draw();
  };
  const draw = () => {
    const shown = areAllGroups ? grouped.groups : grouped.groups.slice(0, fewGroups);
    update(orders, orderButtons(asked, grouped, load));
    update(groups, grouped.groups.length === 0 ? null : [
      make("h2", {}, t("Open ones by reason and catalog"), " ",
        make("a", { href: "#letters", class: "skip", onclick: (event) => { event.preventDefault(); list.querySelector("a")?.focus(); } },
          t("Skip to the list"))),
      groupTable(shown, asked, grouped, load),
      grouped.groups.length > shown.length && make("p", {}, make("button", { onclick: () => { areAllGroups = true; draw(); } },
        `${t("Show all")} (${number(grouped.groups.length)})`))]);
    update(list, make("h2", {}, t("Dead letters"), ` (${number(rows.length)}${cursor ? "+" : ""})`),
      letterTable(rows), cursor && make("p", {}, make("button", { onclick: more }, t("More"))));
  };

  show(room, filterForm(asked), problem, pill, orders, groups, list);
  await load();
  // What is shown stays where it is: counts and states change in place, and what is new waits until it is asked for.
  const soon = bundled(async () => {
    // Nothing is listed yet, so reloading moves nothing.
    if (problem.hasChildNodes() || rows.length + grouped.groups.length === 0) return load();
    const [answer, now] = await read();
    const before = new Set(rows.map((row) => row._id));
    const fresh = new Map(answer.deadLetters.map((row) => [row._id, row]));
    const arrived = answer.deadLetters.filter((row) => !before.has(row._id) && row.receivedAt >= (rows[0]?.receivedAt ?? ""));
    const newGroups = now.groups.filter((group) => !grouped.groups.some((one) => isSame(one, group)));
    const end = answer.deadLetters.at(-1)?.receivedAt ?? "";
    rows = rows.map((row) => fresh.get(row._id)
      ?? (!answer.cursor || row.receivedAt > end ? { ...row, isGone: true } : row));
    grouped = { ...now, groups: grouped.groups.map((group) => now.groups.find((one) => isSame(one, group)) ?? { ...group, count: 0 }) };
    draw();
    const count = answer.cursor && answer.deadLetters.every((row) => !before.has(row._id)) ? `${number(arrived.length)}+` : number(arrived.length);
    update(pill, (arrived.length > 0 || newGroups.length > 0)
      && make("button", { class: "main", onclick: load }, arrived.length > 0 ? `${count} ${t("new")}` : t("Load again")));
  });
  const stops = [on("deadLetters", soon), on("gap", soon)];
  return () => stops.forEach((stop) => stop());
}

const isSame = (one, other) => one.code === other.code && one.catalog === other.catalog;

const conditionsOf = (asked, times) => Object.fromEntries(Object.entries({
  ...asked, state: "", since: times.since ?? asked.since, before: times.before ?? asked.before,
}).filter(([, given]) => given));

/// Actions on all open dead letters that match the filter; without a filter, on all.
function orderButtons(asked, grouped, reload) {
  const { state, ...filter } = Object.fromEntries(Object.entries(asked).filter(([, given]) => given));
  const exporting = new URLSearchParams(state === "all" ? filter : { ...filter, state });
  const isAll = Object.keys(filter).length === 0;
  const words = isAll ? t("all") : Object.entries(filter).map(([name, given]) => `${name}: ${given}`).join(" · ");
  const act = (kind) => async () => {
    await kind(isAll ? { all: "true" } : conditionsOf(asked, grouped), `${words} (${number(grouped.count)})`, grouped.count);
    await reload();
  };
  const what = isAll ? "all" : state === "all" ? "the open ones found" : "what is found";
  return [
    make("a", { href: address(`/api/dead-letters/export?${exporting}`), download: "dead-letters.ndjson" }, t("Export")),
    mayChange() && grouped.count > 0 && ["open", "all"].includes(state) && [
      make("button", { onclick: act(replayMany) }, `${t(`Replay ${what}`)} (${number(grouped.count)})…`),
      make("button", { onclick: act(discardMany) }, `${t(`Discard ${what}`)} (${number(grouped.count)})…`)],
  ];
}

function filterForm(asked) {
  const choice = (name, words, none) => {
    const given = asked[name] && !words.includes(asked[name]) ? [asked[name]] : [];
    const select = make("select", { name }, [["", none], ...words.concat(given).map((word) => [word, t(word)])]
      .filter(([, title]) => title !== null).map(([code, title]) => make("option", { value: code }, title)));
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
    const given = [...new FormData(event.target)].filter(([name, one]) => one && conditions.includes(name));
    location.hash = `#/dead-letters?${new URLSearchParams(given)}`;
  };
  return make("form", { class: "row", onsubmit: submit },
    make("label", {}, t("State"), choice("state", ["open", "replayed", "discarded", "all"], null)),
    make("label", {}, t("Code"), choice("code", codes, t("any"))),
    make("label", {}, t("Catalog"), text("catalog", "catalogItem")),
    make("label", {}, t("Company"), text("company", "")),
    make("label", {}, t("Since"), text("since", "2h")),
    make("label", {}, t("Before"), text("before", "")),
    make("label", {}, t("Search"), text("text", t("reason, id, key"), "search")),
    make("button", { class: "main" }, t("Apply")));
}

function groupTable(groups, asked, grouped, reload) {
  // The filter and the group: a letter with two reasons is in two groups, and only those that the filter finds are meant.
  const query = (group, times) => ({
    ...conditionsOf(asked, times), catalog: group.catalog ?? noCatalog,
    code: [...new Set([...(asked.code ? asked.code.split(",") : []), group.code])].join(","),
  });
  // Only those in the group now: later ones were not meant.
  const meant = (group) => ({ ...query(group, grouped), ...(group.newest ? { before: justAfter(group.newest) } : {}) });
  const words = (group) => `${query(group, {}).code} · ${group.catalog ?? "-"} · ${number(group.count)}`;
  const act = (kind, group) => async () => {
    await kind(meant(group), words(group), group.count);
    await reload();
  };
  const named = (word, group) => `${t(word)}: ${t(group.code)}, ${group.catalog ?? "-"}`;
  return table(
    [{ title: t("Code") }, { title: t("Catalog") }, { title: t("Count"), number: true },
      { title: t("Newest"), narrow: true }, { title: "" }],
    groups.map((group) => ({ key: `${group.code} ${group.catalog}`, cells: [
      make("strong", {}, group.code), value(group.catalog), number(group.count), time(group.newest),
      make("div", { class: "actions" },
        make("a", { href: `#/dead-letters?${new URLSearchParams(query(group, {}))}`, "aria-label": named("Show", group) }, t("Show")),
        mayChange() && [
          make("button", { onclick: act(replayMany, group), disabled: group.count === 0, "aria-label": named("Replay all", group) },
            t("Replay all"), "…"),
          make("button", { onclick: act(discardMany, group), disabled: group.count === 0, "aria-label": named("Discard all", group) },
            t("Discard all"), "…")]),
    ] })), t("No dead letters."), t("Open ones by reason and catalog"));
}

function letterTable(rows) {
  return table(
    [{ title: t("Received"), narrow: true }, { title: t("State") }, { title: t("Company") }, { title: t("Catalog") },
      { title: t("Reason"), long: true }, { title: "" }],
    rows.map((row) => ({ key: row._id, class: row.isGone ? "gone" : null, cells: [
      time(row.receivedAt), [letterState(row), gone(row)],
      value(row.companyId), value(row.catalog),
      row.reasons.slice(0, 3).map((reason) => make("div", {}, make("strong", {}, reason.code), " ", reasonWords(reason)))
        .concat(row.reasonCount > 3 ? [make("div", { class: "soft" }, `+${row.reasonCount - 3}`)] : []),
      make("a", { href: `#/dead-letters/${encodeURIComponent(row._id)}`,
        "aria-label": `${t("Show")}: ${row.catalog ?? "-"}, ${time(row.receivedAt)}, ${row.reasons[0]?.code ?? ""}` }, t("Show")),
    ] })), t("No dead letters."), t("Dead letters"));
}

/// One millisecond later.
const justAfter = (moment) => new Date(new Date(moment).getTime() + 1).toISOString();
