import { ask } from "/assets/api.js";
import { make, show, table } from "/assets/dom.js";
import { number, t, time } from "/assets/words.js";

const shown = (value) => (value === null || value === undefined ? ""
  : typeof value === "object" ? JSON.stringify(value) : String(value));

export async function engines(room) {
  const load = async () => {
    const answer = await ask("/api/engines");
    show(room,
      make("p", { class: "soft" }, `${t("OFFLINE after")} ${number(answer.offlineAfterSeconds)} ${t("seconds without a ping")}`),
      table(
        [{ title: t("State") }, { title: t("Engine") }, { title: t("Name") }, { title: t("Stores"), long: true },
          { title: t("Last ping"), narrow: true }, { title: t("Started"), narrow: true }, { title: t("Map") }],
        answer.engines.map((engine) => [
          make("strong", { class: engine.status === "ONLINE" ? "good" : "bad" }, engine.status), shown(engine.engineId),
          [shown(engine.engineName), String(engine.isConsole) === "true" ? make("span", { class: "soft" }, ` (${t("console")})`) : ""],
          shown(engine.stores), time(engine.processDate), time(shown(engine.startDate)), shown(engine.mapVersion),
        ]), ""));
  };
  await load();
  const timer = setInterval(() => load().catch(() => { /* the banner tells it */ }), 5000);
  return () => clearInterval(timer);
}

export async function catalogs(room) {
  const { catalogs: all } = await ask("/api/catalogs");
  show(room, all.map(({ definition, records, sample }) => make("details", {},
    make("summary", {}, make("strong", {}, definition.catalog), ` · ${definition.title ?? ""} · ${t("Collection")} `,
      definition.collection, ` · ${number(records)} ${t("Records").toLowerCase()}`),
    make("p", { class: "soft" }, t("Key"), ": companyId, ", definition.key.join(", ")),
    table(
      [{ title: t("Field") }, { title: t("Type") }, { title: "" }, { title: t("What"), long: true }],
      definition.fields.map((field) => [
        make("strong", {}, field.name), field.type,
        [field.key && t("key"), field.required && !field.key && t("required"), field.secret && t("secret"),
          field.reference && `${t("refers to")} ${field.reference}`].filter(Boolean).join(", "),
        field.description ?? "",
      ]), ""),
    make("h2", {}, t("Sample message")), make("pre", { tabindex: "0" }, sample))));
}
