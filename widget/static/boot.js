// What the chat's document can do before, beside and after the app: it takes the first key, shows the site's colour
// and name, speaks the visitor's language, talks to the loader on the host page, and says so when the app does not start or dies. The app (WASM)
// reaches all of it through the one global `deskbell`, and owns nothing but what is inside #app.
//
// The field of the composer stays one element from the first key on: the app never draws it, so no text, caret or
// half-composed character is lost when the app arrives.

const element = (id) => document.getElementById(id);
const [looks, site] = ["looks", "site"].map((name) => JSON.parse(document.querySelector(`meta[name=deskbell-${name}]`).content));
const text = element("text");
let texts = {};
let port;
let place = { open: true, url: "", title: "", from: "" };
let heard;
// The inbox that the page has chosen, until the app has heard of it.
let wish = "";
// What is said of the visitor: by the page, and by themselves, which counts more (`model::About`).
let answered = {};
const about = () => {
  const answers = Object.entries({ ...toldByPage(), ...answered.answers }).map(([name, value]) => ({ name, value }));
  return answers.length || answered.consent ? JSON.stringify({ answers, consent: answered.consent }) : "";
};
const toldByPage = () => Object.fromEntries((place.attributes || []).filter(([, value]) => value));
const placeChanged = () => {
  if (!heard) return;
  heard(place.open && !document.hidden, place.url, place.title, String(place.from || "").split(/[?#]/)[0], about(), wish);
  wish = "";
};
let submitted;
let giving;
let typed = () => {};
let waiting = false;
let drafts;
let drafted;
const known = new Promise((done) => (drafted = done));
let filled;
let told = 0;

// The language: what the loader chose on the host page (it comes as the fragment), then what the browser wishes, then
// English. Only its own texts are fetched, and at once: what goes wrong later is said in it, too.
const ours = (tag) =>
  /^zh-(hant|tw|hk|mo)\b/i.test(tag) ? "zh-Hant" : /^zh\b/i.test(tag) ? "zh-Hans" : /^ar\b/i.test(tag) ? "ar" : /^en\b/i.test(tag) && "en";
const language = [location.hash.slice(1), ...navigator.languages].map(ours).find((tag) => tag) || "en";
// Nothing is seen before that (1-frame.css): what stands at one side would move to the other.
document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
const locales = { en: "{{asset:locale/en}}", ar: "{{asset:locale/ar}}", "zh-Hans": "{{asset:locale/zh-Hans}}", "zh-Hant": "{{asset:locale/zh-Hant}}" };
const speaking = fetch(locales[language]).then((answer) => answer.json()).then((words) => {
  texts = words;
  document.documentElement.lang = language;
  for (const part of document.querySelectorAll("[data-text]")) part.textContent = words[part.dataset.text];
  for (const part of document.querySelectorAll("[data-label]")) part.ariaLabel = words[part.dataset.label];
  text.placeholder = words.write;
  address.placeholder = words.leave_label;
});

// Looks: the policy allows no style attribute, a constructed sheet is none.
const sheet = new CSSStyleSheet();
sheet.replaceSync(looks.sheet);
document.adoptedStyleSheets = [sheet];
// A site that is always light or always dark: the rules for the other wish are turned on for all, or off.
if (looks.theme !== "auto")
  for (const { cssRules } of document.styleSheets)
    for (const { media } of cssRules) if (/scheme/.test(media?.mediaText)) media.mediaText = looks.theme === "dark" ? "all" : "not all";
document.title = element("name").textContent = site.name;
const at = Object.keys(locales).indexOf(language);
element("hello").textContent = site.greeting = looks.greetings[at];
site.notice = looks.notices[at] || undefined;
// A text of the site in every language (`model::Worded`).
const worded = ({ text, others }) => (others.find((other) => other.language === language) || { text }).text;
site.starters = looks.starters.map(worded);
site.inboxes = looks.inboxes.map(({ inbox, label }) => inbox + worded(label));

// The page around us. Only an allowed origin is spoken to, by its exact name; what it says counts only from there.
const above = location.ancestorOrigins ? location.ancestorOrigins[0] : document.referrer && new URL(document.referrer).origin;
const framed = parent !== window && looks.origins.includes(above);
const focus = () => {
  // On touch screens a focus brings up the keyboard, which nobody has asked for yet.
  if (!matchMedia("(pointer:coarse)").matches && !text.form.hidden) text.focus();
};
// The app waits for what the host page says first: it may say who the visitor is (`identity.js`).
const PAGE_MS_MAX = 2000;
// What lets the page speak may be late. Where the fragment says that somebody is named, it is waited for: nobody else's
// messages are shown meanwhile.
const NAMED_MS_MAX = 60_000;
const named = location.hash.endsWith("!");
let who, settling, met, filling;
const meeting = new Promise((done) => {
  met = done;
  if (named) setTimeout(() => port || fail(), NAMED_MS_MAX);
  else setTimeout(() => port || done(), framed ? PAGE_MS_MAX : 0);
});
// Whether it is in sight is known from the page only: what nobody may have seen is not read.
place.open = !framed;
const identity = () => import("{{asset:identity.js}}");
// Whether the app has ever kept anything here (`shared/src/browser/store.rs`). The list of all databases is empty in WebKit.
const isKnown = () =>
  new Promise((done) => {
    try {
      const opening = indexedDB.open(site.key);
      opening.onupgradeneeded = () => opening.transaction.abort();
      opening.onsuccess = () => {
        opening.result.close();
        done(true);
      };
      opening.onerror = () => done(false);
    } catch {}
  });
addEventListener("message", ({ source, origin, data, ports }) => {
  if (!framed || source !== parent || origin !== above || data !== "deskbell" || !ports[0]) return;
  port = ports[0];
  port.onmessage = ({ data }) => {
    if (!data || typeof data.open !== "boolean" || typeof data.url !== "string" || typeof data.title !== "string") return;
    if (data.open && !place.open) focus();
    place = data;
    if (data.inbox) {
      wish = (looks.inboxes.find(({ key }) => key === data.inbox) || { inbox: "" }).inbox;
      if (!wish) console.warn("no Deskbell inbox", data.inbox);
    }
    placeChanged();
    if (data.prefill) filling = String(data.prefill);
    // The page chose another language than the one this document began with. A chat that is closed goes on in its own,
    // until it is opened: it counts what is not read.
    if (data.open && ours(data.language) && ours(data.language) !== language) return reload("#" + data.language);
    // {token}, or anything else: they have left.
    const said = data.who && String(data.who.token || "");
    if (data.who && said !== who) {
      who = said;
      settling = identity().then(({ settle }) => settle(who));
      settling.then(() => who || port.postMessage({ left: true }));
    }
    // Not before it is known who is here, and what they had begun to write.
    if (data.prefill) Promise.all([known, settling]).then(fill);
    // Who leaves on a page where the chat was not opened gets no new session there. With consent (the frame is here before
    // anybody has opened it) whoever has been here before is told what is new.
    if (data.open) met(settling);
    else if (who || !named) Promise.resolve(settling).then(isKnown).then((known) => known && met());
  };
});
addEventListener("visibilitychange", () => placeChanged());
// What hears it is fetched by the page at the same time as this document, and may be later.
const KNOCK_MS_MIN = 100;
const KNOCK_MS_MAX = 5000;
const knock = (pause) => {
  if (port) return;
  parent.postMessage("deskbell", above);
  setTimeout(knock, pause, Math.min(pause * 1.2, KNOCK_MS_MAX));
};
if (framed) knock(KNOCK_MS_MIN);
else element("close").hidden = true;
focus();

const close = () => port && port.postMessage("close");
addEventListener("click", ({ target }) => {
  if (target.closest("#close")) close();
});
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing && !event.defaultPrevented && !document.querySelector("dialog[open]")) close();
  // WebKit lets a frame of another site take the focus only once something was done in it: whoever opened the chat with the
  // pointer and just types has done it by the first letter, which goes where it is meant to.
  if (event.target === document.body && event.key.length === 1 && !event.ctrlKey && !event.metaKey) focus();
});

// The composer. Enter sends, Shift and Enter break the line; while an input method composes (229 is what some of
// them report instead) Enter belongs to it.
// Where no rule lets the field be as tall as its text, a row is added as long as there is something out of sight.
const grow = () => {
  text.rows = 1;
  while (text.rows < 6 && text.scrollHeight > text.clientHeight) text.rows++;
};
const changed = () => {
  waiting = false;
  grow();
  if (lent) return;
  keep();
  typed(text.value);
};
// While a message is edited the field is lent to it: what stood there waits, and is what is kept of it.
let lent;
const own = () => (lent ? lent.own : text.value);
// What the site asks before the first message (`form.js`): whether it does is known from the app, as it knows it.
let isAsked = !looks.form;
let taking, asks;
const may = () => {
  const said = taking ? taking() : answered;
  if (!said) return false;
  answered = said;
  taking = 0;
  placeChanged();
  return true;
};
const submit = () => {
  if (lent) return lent.submit();
  // Sent before there is an app, or before it knows: kept, and sent as soon as it does.
  waiting = !submitted || !isAsked;
  if (!waiting && text.value.trim() && may() && submitted(text.value)) {
    text.value = "";
    changed();
  }
};
text.onkeydown = (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
    event.preventDefault();
    submit();
  }
};
text.oninput = changed;
text.form.onsubmit = (event) => {
  event.preventDefault();
  submit();
  text.focus();
};
// What few need is fetched when it is needed, or once something was written: a file may be picked without a connection.
const extras = () => import("{{asset:more.js}}");
element("emoji").onclick = () => speaking.then(() => import("{{asset:emoji.js}}")).then(({ toggle }) => toggle(), () => deskbell.problem(texts.emoji_failed));
const pick = element("pick");
const sendAll = (files) => files.length && (isAsked || deskbell.problem(texts.edit_later)) && may() && extras().then(({ send }) => send(files), () => deskbell.problem(texts.file_failed));
element("attach").onclick = () => pick.click();
pick.onchange = () => {
  sendAll([...pick.files]);
  pick.value = "";
};
text.onpaste = (event) => {
  if (event.clipboardData.files.length) {
    event.preventDefault();
    sendAll([...event.clipboardData.files]);
  }
};
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  if (!text.form.hidden) sendAll([...event.dataTransfer.files]);
});
addEventListener("click", ({ target }) => {
  const file = target.closest("[data-file]");
  if (file) extras().then(({ open }) => open(file));
  // What somebody presses instead of writing it. Where something is to be answered first it waits in the composer.
  const said = target.closest(".starter")?.textContent;
  if (!said) return;
  if (isAsked && may() && submitted(said)) return focus();
  if (text.value) return;
  text.value = said;
  changed();
});
new MutationObserver(() => {
  for (const image of document.querySelectorAll(".photo img:not([src])")) extras().then(({ fill }) => fill(image));
}).observe(element("app"), { childList: true, subtree: true });
// With several inboxes to choose from each has its own: `pen` says which one stands in the field, `pens` has the others. What
// was written before there was one to write to goes along to the first.
let pen = "";
let pens = {};
const turn = (its) => {
  if (its === pen) return;
  if (pen) pens[pen] = own();
  const all = [pens[its], pen ? "" : own()].filter((one) => one).join("\n");
  delete pens[its];
  pen = its;
  if (lent) lent.own = all;
  else text.value = all;
  grow();
  if (all !== filled) keep();
};
// Text that comes back (a draft of last time, a message that was refused) never replaces what is there.
const write = (more) => {
  const all = own() ? more + "\n" + own() : more;
  if (lent) lent.own = all;
  else text.value = all;
  grow();
  keep();
  focus();
};
// What the page would have somebody begin with: never in the place of what is there, and no draft until it is changed.
const fill = () => {
  if (filling && !lent && (!text.value || text.value === filled)) {
    text.value = filled = filling;
    grow();
  }
  filling = "";
};
// What was typed and not sent survives the page, in this frame's own storage. Where that is denied, it does not.
// One write at a time, always of what stands there now: a slow disk must not be left with an old text in a queue.
let keeping, stale, returned, newest;
const keep = () => {
  if (!drafts || keeping) return (stale = true);
  stale = false;
  keeping = drafts.transaction("draft", "readwrite");
  const draft = returned && own() === returned.text ? returned : { text: own(), at: Date.now() };
  keeping.objectStore("draft").put({ ...draft, pen, pens }, site.key);
  keeping.oncomplete = keeping.onabort = () => {
    keeping = null;
    if (stale) keep();
  };
};
// A browser that was killed may have kept an earlier stage of a text beside the message that it became.
const forget = () => {
  if (!returned || !newest || text.value !== returned.text) return;
  if (returned.at > newest.at || !newest.words.startsWith(text.value)) return;
  text.value = "";
  changed();
};
// Our own reload leaves no time to store the last keys: the text comes along in the history, where nothing is denied.
const brought = history.state;
if (brought) {
  // Only the text, where an older build has brought it.
  [text.value, filled, pen = "", pens = {}] = [].concat(brought);
  history.replaceState(null, "");
  grow();
}
try {
  const opening = indexedDB.open("draft", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("draft");
  opening.onsuccess = () => {
    drafts = opening.result;
    // Files that an earlier page did not get rid of (`more.js`).
    const files = drafts.transaction("draft").objectStore("draft").count(IDBKeyRange.bound([site.key], [site.key, []]));
    files.onsuccess = () => files.result && speaking.then(extras).then(({ resume }) => resume());
    if (brought) {
      drafted();
      return text.value === filled || keep();
    }
    const reading = drafts.transaction("draft").objectStore("draft").get(site.key);
    reading.onsuccess = () => {
      returned = reading.result;
      const { text: words, pen: its = "", pens: others } = returned || {};
      pens = { ...others, ...pens };
      pen ||= its;
      if (its && its !== pen) pens[its] = words;
      else if (words) {
        write(words);
        forget();
      }
      if (stale) keep();
      drafted();
    };
    reading.onerror = drafted;
  };
  opening.onerror = drafted;
} catch {
  drafted();
}

// Not before what earlier pages have left is here, unless the storage hangs: it would be written over.
const STORED_MS_MAX = 500;
const reload = (fragment) =>
  Promise.race([known, new Promise((done) => setTimeout(done, STORED_MS_MAX))]).then(() => {
    const brings = own() ? [own(), filled, pen, pens] : [filling || "", filling, pen, pens];
    history.replaceState(brings, "", fragment ? fragment + (named ? "!" : "") : location.hash);
    location.reload();
  });
element("reload").onclick = () => reload();

const fail = () => {
  element("failed").hidden = false;
  element("reload").focus();
};
// A trap of the module (a panic, memory used up) ends the app. Its outbox is in the browser's storage already.
const trapped = ({ error, reason }) => {
  if ((error || reason) instanceof WebAssembly.RuntimeError) fail();
};
addEventListener("error", trapped);
addEventListener("unhandledrejection", trapped);

// The address for an answer. What somebody types there stays until it is left; what is left may be changed.
const leaving = element("leave");
const address = element("address");
let changing = false;
let wrong = false;
let left = "";
leaving.onsubmit = (event) => {
  event.preventDefault();
  changing = wrong = false;
  giving(address.value);
};
element("change").onclick = () => {
  changing = true;
  leave();
  address.focus();
};
let asking = "";
const leave = (line = asking, known = left) => {
  if (known !== left) address.value = known;
  asking = line;
  left = known;
  const kept = left && !changing;
  leaving.hidden = !line && !left;
  const says = wrong ? texts.leave_wrong : kept ? texts.left.replace("{address}", "\u2068" + left + "\u2069") : line;
  if (element("asking").textContent !== says) element("asking").textContent = says;
  element("giving").hidden = kept;
  element("change").hidden = !kept;
};

// Dates by the browser's own rules: in the language of the texts, as the visitor's region writes it.
const region = navigator.languages.find((tag) => ours(tag) === language) || language;
const numbers = new Intl.NumberFormat(region);
const forms = new Intl.PluralRules(region);
const hours = new Intl.DateTimeFormat(region, { hour: "numeric", minute: "2-digit" });
const soon = { weekday: "long", hour: "numeric", minute: "2-digit" };
const dates = new Intl.DateTimeFormat(region, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
const day = (at) => Math.floor((at - new Date(at).getTimezoneOffset() * 60000) / 86400000);

// A text with what belongs into it. A number (`{n}`) chooses the form that the language has for so many (Unicode CLDR,
// plural rules; of a span its end does), and is written as people write it there. Anything else is isolated: a name in
// another direction does not turn the sentence around.
const say = (key, value) =>
  (texts[key + "." + forms.select(/\d*$/.exec(value))] || texts[key] || key)
    .replace("{n}", value)
    .replace(/\d+/g, numbers.format)
    .replace(/\{\w+\}/, () => "\u2068" + value + "\u2069");

// Another tab says that somebody else is here now.
let tabs;
try {
  tabs = new BroadcastChannel(site.key + " who");
  tabs.onmessage = () => location.reload();
} catch {}

globalThis.deskbell = {
  tabs,
  site: () => JSON.stringify(site),
  text: say,
  clock: (at) => hours.format(at),
  moment: (at) =>
    new Intl.DateTimeFormat(region, at - Date.now() < 6 * 86400000 ? soon : { ...soon, day: "numeric", month: "long" }).format(at),
  day,
  date: (its) => [texts.today, texts.yesterday][day(Date.now()) - its] || dates.format(its * 86400000),
  listen: (hear) => {
    heard = hear;
    placeChanged();
  },
  unread: (count) => {
    if (!port || count === told) return;
    port.postMessage((told = count));
    port.postMessage({ label: count ? say("unread", count) : "" });
  },
  answered: () => port && port.postMessage({ message: "team" }),
  compose: (onsubmit, oninput, onleave) => {
    giving = onleave;
    submitted = onsubmit;
    typed = oninput;
    if (text.value) typed(text.value);
    if (waiting) submit();
  },
  // Whether it is to ask before the next message; what has been answered before, and the version that was agreed to.
  form: (wanted, names, version) => {
    if (!looks.form) return;
    const told = Object.keys({ ...toldByPage(), ...answered.answers });
    const asking = wanted + [names, version, told, who];
    if (asking === asks) return;
    asks = asking;
    const consent = Math.max(version, answered.consent ? answered.consent.version : 0);
    const asked = (take) => {
      if (asking !== asks) return;
      taking = take;
      isAsked = true;
      if (waiting) submit();
    };
    if (!wanted && !taking) return asked();
    // A script that cannot be had is asked for anew only by another address.
    const load = (again) =>
      import("{{asset:form.js}}" + again).then(
        ({ ask, stop }) => asked(wanted ? ask(looks.form, language, worded, names.split(",").concat(told), consent, who) : stop()),
        () => {
          deskbell.problem(texts.edit_later);
          setTimeout(load, KNOCK_MS_MAX, again + "#");
        },
      );
    load("#");
  },
  leave,
  misleft: () => {
    changing = wrong = true;
    leave();
    address.focus();
  },
  write,
  sent: (words, at) => {
    newest = { words, at };
    forget();
    extras();
  },
  show: (shown, its) => {
    if (shown) turn(its);
    if (text.form.hidden === !shown) return;
    text.form.hidden = !shown;
    if (!place.open) return;
    if (shown) focus();
    else document.querySelector("main").focus();
  },
  problem: (words) => {
    element("problem").hidden = !words;
    element("problem").textContent = words;
  },
  reload: () => reload(),
  ask: (ended) => {
    element("ask").showModal();
    element("end").onclick = ended;
  },
  focus,
  hold: (token) => (deskbell.token = token || ""),
  shelf: (off) => {
    const shelf = drafts;
    if (off) drafts = 0;
    return shelf;
  },
  // What is still to be put into the composer goes along where the chat begins anew.
  anew: () => {
    history.replaceState(filling ? [filling, filling] : null, "");
    location.reload();
  },
  page: () => (parent !== window && above) || undefined,
  signedOut: () => identity().then(({ end }) => end()),
  files: (taken) => (deskbell.sendFile = taken),
  more: (conversation) => extras().then(({ menu }) => menu(conversation)),
  change: (chosen) => extras().then(({ change }) => change(chosen)),
  edit: (words, taken) => extras().then(({ edit }) => edit(words, taken)),
  // To a message, or back to what stood there.
  lend: (words, submit) => {
    const back = own();
    lent = submit && { own: back, submit };
    text.value = submit ? words : back;
    grow();
    text.focus();
  },
  comment: (said) => extras().then(({ comment }) => comment(said)),
  socket: () => location.origin.replace("http", "ws") + "/ws",
  language: () => navigator.language,
  zone: () => hours.resolvedOptions().timeZone,
};

// In a function: a frame that is taken away while its module itself waits has WebKit spin for ever, and the page with it.
(async () => {
  try {
    const [{ default: init }, module] = await Promise.all([
      import("{{asset:js}}"),
      WebAssembly.compileStreaming(fetch("{{asset:wasm}}")),
      speaking,
      meeting,
    ]);
    await init({ module_or_path: module });
  } catch (error) {
    console.error(error);
    // After an upgrade the server no longer has what this document names; a new document names what there is. Only
    // once: what fails after a reload, too, is something else.
    if (performance.getEntriesByType("navigation")[0].type === "reload") fail();
    else reload();
  }
})();
