// The pages' language. The English texts are the keys. The gateway's texts come in English; those that are known are translated
// with the values in them, and others are marked as English.
import { make } from "./dom.js";
import { translation, words as spanish } from "./spanish.js";

const fromCookie = document.cookie.split("; ").find((part) => part.startsWith("language="))?.slice(9);
export const language = ["en", "es"].includes(fromCookie) ? fromCookie
  : navigator.language.toLowerCase().startsWith("es") ? "es" : "en";
document.documentElement.lang = language;

export const t = (words) => (language === "es" && Object.hasOwn(spanish, words) ? spanish[words] : words);

/// A text of the gateway. Of one that is not known as a whole, the parts before and behind a place or a `;` may be.
export function said(text) {
  return language === "es" && text ? parts(text) : text;
}

function parts(text) {
  const whole = translation(text);
  if (whole !== null) return [whole];
  const placed = /^(\/\S*|the message|the whole value|its record of \S+): ([\s\S]+)$/.exec(text);
  if (placed) return [translation(placed[1]) ?? placed[1], ": ", parts(placed[2])];
  const end = text.indexOf("; ");
  if (end > 0) return [parts(text.slice(0, end)), "; ", parts(text.slice(end + 2))];
  return [make("span", { lang: "en" }, text)];
}

/// Why an item or a message was refused.
export const reasonWords = (reason) => said(reason.text);

export function speak(other) {
  document.cookie = `language=${other}; path=/; max-age=31536000; samesite=strict`;
  location.reload();
}

const times = new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "medium" });
export const time = (text) => {
  const at = text ? new Date(text) : null;
  return at && !Number.isNaN(at.getTime()) ? times.format(at) : text ?? "";
};
const numbers = new Intl.NumberFormat(language);
export const number = (value) => (value === null || value === undefined ? "" : numbers.format(value));
