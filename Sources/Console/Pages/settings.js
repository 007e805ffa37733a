import { ask, mayChange, order } from "./api.js";
import { make, show, state, table, update, value } from "./dom.js";
import { confirmed, tell } from "./dialogs.js";
import { said, t } from "./words.js";

export async function settings(room) {
  const filter = make("input", { type: "search", id: "search", oninput: () => draw() });
  const given = make("input", { type: "checkbox", id: "given", onchange: () => draw() });
  const list = make("div");
  let answer;
  const load = async () => {
    answer = await ask("/api/settings");
    draw();
  };
  const change = async (row) => {
    const { key, stored } = row.setting;
    let changed;
    const given = await confirmed(
      t("Write this value into the collection 'configuration'? Every gateway on the store follows it."),
      [value(key), ": ", said(row.help)], { label: t("New value"), value: row.isSecret ? "" : stored ?? row.setting.value, secret: row.isSecret },
      async (text) => { changed = await order(`/api/settings/${encodeURIComponent(key)}/set`, { value: text }); });
    if (given === null) return;
    tell(`${key}: `, t("Saved."), " ", overridden(changed));
    await load();
  };
  const unset = async (row) => {
    const { key } = row.setting;
    let changed;
    if (await confirmed(t("Remove this setting from the collection 'configuration'?"), key, null,
      async () => { changed = await order(`/api/settings/${encodeURIComponent(key)}/unset`); }) === null) return;
    tell(`${key}: `, t("Removed."), " ", changed.value === null ? "" : `${t("In force")}: ${changed.value} (${changed.origin})`);
    await load();
  };
  const draw = () => {
    const word = filter.value.toLowerCase();
    const rows = answer.settings.filter((row) =>
      (row.setting.key + row.help).toLowerCase().includes(word)
      && (!given.checked || row.setting.stored !== null || (row.setting.origin ?? "default") !== "default"));
    update(list,
      answer.mistakes.map((mistake) => make("p", { class: mistake.severity === "error" ? "bad" : "warn" }, said(mistake.message))),
      table(
        [{ title: t("Setting") }, { title: t("Value"), long: true }, { title: t("From") }, { title: "" }],
        rows.map((row) => ({ key: row.setting.key, cells: [
          [make("strong", {}, row.setting.key), make("div", { class: "soft" }, said(row.help))],
          row.setting.value === null ? make("span", { class: "soft" }, t("not set")) : make("bdi", {}, row.setting.value),
          [said(row.setting.origin ?? ""), row.setting.overridden
            ? make("div", {}, state("warn", [t("overrides"), " configuration: ", row.setting.stored])) : ""],
          row.cannotChange ? make("span", { class: "soft" }, said(row.cannotChange))
            : mayChange() && make("div", { class: "actions" },
              make("button", { onclick: () => change(row), "aria-label": `${t("Change")} ${row.setting.key}` }, t("Change")),
              row.setting.stored !== null
                && make("button", { onclick: () => unset(row), "aria-label": `${t("Unset")} ${row.setting.key}` }, t("Unset"))),
        ] })), "", t("Settings")));
  };
  show(room, make("p", { class: "row" }, make("label", {}, t("Search"), filter),
    make("label", { for: "given" }, t("Only settings with a value"), given)), list);
  await load();
}

/// A value that is written, and another one that counts.
const overridden = (setting) => (setting.overridden
  ? `${t("But this value counts, and not the one that was written")}: ${setting.value} (${setting.origin}).` : "");
