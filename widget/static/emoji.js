// Emoji to choose from, fetched when somebody wants them for the first time. Each is a button that says nothing but itself:
// screen readers have names for them in every language. Left and right go on to the next, up and down to the next row,
// Escape back to where one writes. Its style comes along, since nobody else needs it.

const chat = globalThis.deskbell;
const words = (name) => chat.text(name);
const text = document.getElementById("text");
const opener = document.getElementById("emoji");
const make = (tag, props, ...inside) => {
  const made = Object.assign(document.createElement(tag), props);
  made.append(...inside);
  return made;
};
const GROUPS = [
  [words("emoji_faces"), "🙂 😀 😄 😂 😊 😉 😍 😘 🥰 😎 🤓 🤔 🤗 🤩 🥳 😋 😇 🙃 😐 😕 🙁 😢 😭 😡 😱 😳 😴 🤒 🤷 🤦"],
  [words("emoji_hands"), "👍 👎 👌 👏 🙌 🙏 🤝 👋 💪 🤞 👀 👉 👈 👆 👇"],
  [words("emoji_hearts"), "❤️ 🧡 💛 💚 💙 💜 🖤 🤍 💔 💯 ✨ ⭐ 🔥 🎉 🎂 🎁 🌹 ☀️ 🌙 🌈"],
  [words("emoji_things"), "✅ ❌ ❓ ❗ ⚠️ 💡 📷 📎 📦 🚚 ✈️ 🏠 🛒 💳 💰 🔑 🔧 ⏰ 📅 📞 ✉️ 💻 📱 ☕ 🍵"],
];
const sheet = new CSSStyleSheet();
sheet.replaceSync(`
.emojis { position: absolute; z-index: 2; inset: auto var(--s3) 100%; max-height: min(264px, 50vh); padding: var(--s2); overflow-y: auto; overscroll-behavior: contain; scrollbar-width: thin; border-radius: var(--r4); background: var(--bg-up); box-shadow: var(--shadow-2) }
.emojis p { padding: var(--s1) var(--s2); color: var(--text-2); font-size: var(--t2) }
.emojis [role=group] { display: grid; grid-template-columns: repeat(auto-fill, minmax(44px, 1fr)) }
.emojis button { padding: 0; border-radius: var(--r2); font-size: 24px; line-height: 1 }
.emojis button:hover { background: var(--bg-3) }
.emojis button:focus-visible { outline-offset: -2px }
@media (forced-colors: active) { .emojis { border: 1px solid } }`);
document.adoptedStyleSheets.push(sheet);

let panel;
const close = () => {
  const gone = panel;
  panel = null;
  gone?.remove();
  opener.ariaExpanded = "false";
};
// The caret is where it was: a field keeps it while the focus is elsewhere.
const leave = () => {
  close();
  text.focus();
};
const choose = (emoji) => {
  leave();
  text.setRangeText(emoji, text.selectionStart, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input"));
};

// Of the others in that direction those of the nearest row, and of these the nearest.
const beyond = (all, from, isDown) => {
  const far = (it) => (isDown ? 1 : -1) * (it.offsetTop - from.offsetTop);
  const rows = all.filter((it) => far(it) > 0);
  const near = Math.min(...rows.map(far));
  const aside = (it) => Math.abs(it.offsetLeft - from.offsetLeft);
  return rows.filter((it) => far(it) === near).reduce((best, it) => (best && aside(best) <= aside(it) ? best : it), null);
};
const go = (event) => {
  if (event.key === "Escape") {
    // Otherwise it would close the chat, too.
    event.preventDefault();
    return leave();
  }
  const all = [...panel.querySelectorAll("button")];
  const from = document.activeElement;
  const at = all.indexOf(from);
  const step = getComputedStyle(panel).direction === "rtl" ? -1 : 1;
  const to = {
    ArrowRight: () => all[at + step],
    ArrowLeft: () => all[at - step],
    ArrowDown: () => beyond(all, from, true),
    ArrowUp: () => beyond(all, from, false),
    Home: () => all[0],
    End: () => all.at(-1),
  }[event.key];
  if (!to || at < 0) return;
  event.preventDefault();
  const next = to();
  if (!next) return;
  from.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
};

// A press on the button, or on an emoji, takes the focus from nobody in any browser.
opener.onmousedown = (event) => panel && event.preventDefault();
export const toggle = () => {
  if (panel) return leave();
  const groups = GROUPS.flatMap(([name, all]) => [
    make("p", { ariaHidden: "true", textContent: name }),
    make("div", { role: "group", ariaLabel: name }, ...all.split(" ").map((emoji) => make("button", { type: "button", tabIndex: -1, textContent: emoji }))),
  ]);
  panel = make("div", { className: "emojis", role: "dialog", ariaLabel: words("emoji") }, ...groups);
  panel.onkeydown = go;
  panel.onmousedown = (event) => event.preventDefault();
  panel.onclick = ({ target }) => target.type === "button" && choose(target.textContent);
  panel.addEventListener("focusout", ({ relatedTarget }) => panel && relatedTarget !== opener && !panel.contains(relatedTarget) && close());
  text.form.prepend(panel);
  opener.ariaExpanded = "true";
  const first = panel.querySelector("button");
  first.tabIndex = 0;
  first.focus();
};
