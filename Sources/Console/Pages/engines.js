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
  const timer = setInterval(() => load().catch(() => { /* the banner shows it */ }), 5000);
  return () => clearInterval(timer);
}
