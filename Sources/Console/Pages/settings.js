import { ask, mayChange, order } from "/assets/api.js";
import { make, show, table } from "/assets/dom.js";
import { confirmed, tell } from "/assets/dialogs.js";
import { t } from "/assets/words.js";

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
    const value = await confirmed(
      t("Write this value into the collection 'configuration'? Every gateway on the store follows it."),
      `${key}: ${row.help}`, { label: t("New value"), value: row.isSecret ? "" : stored ?? row.setting.value, secret: row.isSecret });
    if (value === null) return;
    await order(`/api/settings/${encodeURIComponent(key)}/set`, { value });
    tell(`${key}: ${t("Saved.")}`);
    await load();
  };
  const unset = async (row) => {
    const { key } = row.setting;
    if (await confirmed(t("Remove this setting from the collection 'configuration'?"), key) === null) return;
    await order(`/api/settings/${encodeURIComponent(key)}/unset`);
    tell(`${key}: ${t("Saved.")}`);
    await load();
  };
  const draw = () => {
    const word = filter.value.toLowerCase();
    const rows = answer.settings.filter((row) =>
      (row.setting.key + row.help).toLowerCase().includes(word)
      && (!given.checked || row.setting.stored !== null || (row.setting.origin ?? "default") !== "default"));
    show(list,
      answer.mistakes.map((mistake) => make("p", { class: mistake.severity === "error" ? "bad" : "warn" }, mistake.message)),
      table(
        [{ title: t("Setting") }, { title: t("Value"), long: true }, { title: t("From") }, { title: "" }],
        rows.map((row) => [
          [make("strong", {}, row.setting.key), make("div", { class: "soft" }, row.help)],
          row.setting.value ?? make("span", { class: "soft" }, t("not set")),
          [row.setting.origin ?? "", row.setting.overridden
            ? make("div", { class: "warn" }, `configuration: ${row.setting.stored}`) : ""],
          row.cannotChange ? make("span", { class: "soft" }, row.cannotChange)
            : mayChange() && make("div", { class: "actions" },
              make("button", { onclick: () => change(row), "aria-label": `${t("Change")} ${row.setting.key}` }, t("Change")),
              row.setting.stored !== null
                && make("button", { onclick: () => unset(row), "aria-label": `${t("Unset")} ${row.setting.key}` }, t("Unset"))),
        ]), ""));
  };
  show(room, make("p", { class: "row" }, make("label", {}, t("Search"), filter),
    make("label", { for: "given" }, t("Only settings with a value"), given)), list);
  await load();
}
