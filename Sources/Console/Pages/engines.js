import { ask } from "./api.js";
import { make, show, state, table, update, value } from "./dom.js";
import { number, t, time } from "./words.js";

const shown = (value) => (value === null || value === undefined ? ""
  : typeof value === "object" ? JSON.stringify(value) : String(value));

export async function engines(room) {
  const load = async () => {
    const answer = await ask("/api/engines");
    update(room,
      make("p", { class: "soft" }, `${t("OFFLINE after")} ${number(answer.offlineAfterSeconds)} ${t("seconds without a ping")}`),
      table(
        [{ title: t("State") }, { title: t("Engine") }, { title: t("Name") }, { title: t("Stores"), long: true },
          { title: t("Last ping"), narrow: true }, { title: t("Started"), narrow: true }, { title: t("Map") }],
        answer.engines.map((engine) => [
          state(engine.status === "ONLINE" ? "good" : "bad", engine.status), value(shown(engine.engineId)),
          [value(shown(engine.engineName)), String(engine.isConsole) === "true" ? make("span", { class: "soft" }, ` (${t("console")})`) : ""],
          shown(engine.stores), time(engine.processDate), time(shown(engine.startDate)), shown(engine.mapVersion),
        ]), "", t("Engines")));
  };
  show(room);
  await load();
  const timer = setInterval(() => load().catch(() => { /* the banner shows it */ }), 5000);
  return () => clearInterval(timer);
}
