// Dutch words for times, languages and roles. All clocks are those of Flanders, whatever the visitor's own zone is.

const ZONE = "Europe/Brussels";
const format = (options) => new Intl.DateTimeFormat("nl-BE", { timeZone: ZONE, ...options });
const TIME = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = format({ weekday: "long", day: "numeric", month: "long" });
const SHORT = format({ weekday: "short", day: "numeric", month: "short" });
const YEAR = format({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const LANGUAGES = new Intl.DisplayNames(["nl"], { type: "language" });

const ROLES = { mother: "moeder", coordinator: "coördinator", guide: "begeleidster", volunteer: "vrijwilligster", interpreter: "tolk" };

/** Seconds since 1970, milliseconds or ISO text to a Date. */
export function moment(value) {
  if (typeof value === "number") return new Date(value < 1e11 ? value * 1000 : value);
  return new Date(value);
}

export const time = (date) => TIME.format(date);
export const day = (date) => DAY.format(date);
export const shortDay = (date) => SHORT.format(date).replace(/\./g, "");
export const longDay = (date) => YEAR.format(date);

/** 75 becomes 1:15. */
export function length(seconds) {
  const whole = Math.max(0, Math.round(Number.isFinite(seconds) ? seconds : 0));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function language(code) {
  if (!code) return "";
  try {
    const name = LANGUAGES.of(code);
    return name === code ? code : name.charAt(0).toUpperCase() + name.slice(1);
  } catch {
    return code;
  }
}

/** What stands under a person's name: role and language. */
export function about(person) {
  const role = ROLES[person.role] ?? person.role ?? "";
  return [role, language(person.language_code)].filter(Boolean).join(" · ");
}

export const size = (bytes) => (bytes > 1e6 ? `${(bytes / 1e6).toFixed(1).replace(".", ",")} MB` : `${Math.max(1, Math.round(bytes / 1000))} kB`);
