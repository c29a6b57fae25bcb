// Starts the desk in the language of whoever sits at it, and says so when it cannot: no code but this runs before the
// WASM does. The words are on their way at the same time; the desk takes them, and how this browser writes dates and
// numbers, from the one global `deskbell` (`services/locale.rs`).
import start from "{{asset:js}}";

// As in the widget: docs/embedding.md has the rule.
const ours = (tag) =>
  /^zh-(hant|tw|hk|mo)\b/i.test(tag) ? "zh-Hant" : /^zh\b/i.test(tag) ? "zh-Hans" : /^en\b/i.test(tag) && "en";
let chosen;
try {
  chosen = localStorage.getItem("deskbell.language");
} catch {}
const language = [chosen, ...navigator.languages].map(ours).find((tag) => tag) || "en";
const region = navigator.languages.find((tag) => ours(tag) === language) || language;
const locales = { en: "{{asset:locale/en}}", "zh-Hans": "{{asset:locale/zh-Hans}}", "zh-Hant": "{{asset:locale/zh-Hant}}" };
// What the pages say that come later.
const rest = { en: "{{asset:locale/en/later}}", "zh-Hans": "{{asset:locale/zh-Hans/later}}", "zh-Hant": "{{asset:locale/zh-Hant/later}}" };

// What somebody has chosen about looks holds, whatever their system says: the rules for one or the other apply always or
// never then (`services/looks.rs`).
const asWritten = new Map();
const chose = (what) => {
  try {
    return localStorage.getItem("deskbell." + what) || "";
  } catch {
    return "";
  }
};
const look = () => {
  const root = document.documentElement;
  root.style.colorScheme = chose("scheme");
  root.dataset.density = chose("density");
  for (const sheet of document.styleSheets) {
    let rules = [];
    try {
      rules = sheet.cssRules;
    } catch {} // one that an extension has brought from elsewhere
    for (const rule of rules) {
      if (!rule.media) continue;
      const written = asWritten.get(rule) || rule.media.mediaText;
      asWritten.set(rule, written);
      const [what, value] = written.includes("color-scheme: dark") ? ["scheme", "dark"] : written.includes("contrast: more") ? ["contrast", "more"] : [];
      if (what) rule.media.mediaText = chose(what) ? (chose(what) === value ? "all" : "not all") : written;
    }
  }
};
look();

const line = document.getElementById("boot-line");
let failed = line.dataset.failed;
const speaking = fetch(locales[language])
  .then((answer) => answer.json())
  .then((words) => {
    document.documentElement.lang = language;
    line.textContent = words.opening;
    failed = words["opening.failed"];
    return words;
  });

const hours = new Intl.DateTimeFormat(region, { hour: "numeric", minute: "2-digit" });
const dates = new Intl.DateTimeFormat(region, { day: "numeric", month: "long", timeZone: "UTC" });
const years = new Intl.DateTimeFormat(region, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const numbers = new Intl.NumberFormat(region);
globalThis.deskbell = {
  look,
  words: () => speaking,
  laterWords: async () => (await fetch(rest[language])).json(),
  time: (at) => hours.format(at),
  timeIn: (at, timeZone) => {
    // A name that this browser does not know is no reason to stop.
    try {
      return new Intl.DateTimeFormat(region, { weekday: "short", hour: "numeric", minute: "2-digit", timeZone }).format(at);
    } catch {
      return "";
    }
  },
  date: (day, withYear) => (withYear ? years : dates).format(day * 86400000),
  language: (tag) => {
    // Visitors' browsers say what they like.
    try {
      return new Intl.DisplayNames(language, { type: "language" }).of(tag);
    } catch {
      return tag;
    }
  },
  number: (n) => numbers.format(n),
};

start({ module_or_path: "{{asset:wasm}}" }).catch(async (error) => {
  console.error(error);
  await speaking.catch(() => {});
  line.textContent = typeof WebAssembly === "object"
    ? failed
    : "This browser has no WebAssembly, which the desk needs. Please use a newer one.";
});

// A file that is dropped beside the composer must not take the place of the desk.
for (const kind of ["dragover", "drop"])
  addEventListener(kind, (event) => {
    if (event.dataTransfer.types.includes("Files")) event.preventDefault();
  });

// What fills in a form and sends it in one go (a password manager, an extension, a driver of browsers) would send what was
// drawn before: such a form is sent once what was typed into it is drawn.
let typing = 0;
const typed = () => void typing--;
addEventListener(
  "input",
  () => {
    typing++;
    setTimeout(typed);
  },
  true,
);
addEventListener(
  "submit",
  (event) => {
    if (!typing) return;
    const { target: form, submitter } = event;
    event.preventDefault();
    event.stopImmediatePropagation();
    setTimeout(() => form.isConnected && form.requestSubmit(submitter));
  },
  true,
);
