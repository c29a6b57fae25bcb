// The loader of one site: a launcher on the host page, and the chat in an iframe once somebody wants it.
//
// It is the only thing that a page pays for, so it stays near one kilobyte: no dependency, no HTML strings, no
// inline style, no eval (works under a strict CSP and Trusted Types), no cookie, no storage, and no request but for
// the chat, after the visitor acted or the page said that they agree. What is needed only then comes then, from `panel.js` beside this file: speaking with
// the chat, phones and their keyboards, the number of new messages, events. Without it there is still a chat that opens
// and closes. It never sees a message: the chat is on its own origin.
//
// The server puts the site's published looks where the placeholder stands. A list and not a map, because every byte
// of a name would be paid for on every page. The labels of all languages come along, because one address has one
// content for every browser and cache; which of them counts is decided here: English, العربية, 简体中文, 繁體中文.
(() => {
  const [path, chat, colour, ink, place, scheme, ...labels] = {{site}};
  const early = window.Deskbell;
  // A second tag, or the same tag run again by a single page app, changes nothing.
  if (early?.on) return;

  const root = document.documentElement;
  const make = (name, fields) => Object.assign(document.createElement(name), fields);
  // An element of our own name: no rule of the page is meant for it, and its box is reset on top of that. The root
  // is open, because a closed one hides nothing from the page and much from assistive and test tools.
  const host = make("deskbell-chat");
  const shadow = host.attachShadow({ mode: "open" });
  // What is known here and asked for there: `panel.js` gets it, and hears of each call through `said.told`.
  const said = { open: false };
  let frame, back;

  // The icon is a border, because borders are what forced colours keep. The button has a rim in the ink of its colour, and
  // its focus a ring of both: one of the two is seen on any page (shared/src/model/contrast.rs). On phones, and in windows
  // so low or zoomed so far that a panel would be a slit, the chat covers the page.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`:host{all:initial!important}
button,iframe{${place};position:fixed;z-index:2147483000;box-shadow:0 4px 24px #0004}
button{width:56px;height:56px;cursor:pointer;z-index:2147483001;border:2px solid;border-radius:50%;color:${ink};background:${colour}}
i{position:absolute;inset:15px;border:3px solid;border-radius:9px 9px 9px 0}
button:hover{scale:1.05}
button:focus-visible{box-shadow:0 0 0 5px;outline:3px solid ${colour}}
iframe{width:400px;height:min(680px,100dvh - var(--cut));margin-bottom:72px;border:0;border-radius:16px;color-scheme:${scheme};background:linear-gradient(${colour} 64px,Canvas 0)}
[aria-expanded=false]~iframe{visibility:hidden;opacity:0}
@media(max-height:30em),(max-width:30em){iframe{width:100%;margin:0;border-radius:0;inset:var(--top,0) 0 0;height:var(--tall,100%)}}
@media print{:host{display:none!important}}`);
  shadow.adoptedStyleSheets = [sheet];
  const button = make("button", { ariaExpanded: false, onclick: () => Deskbell(said.open ? "close" : "open") });
  button.append(make("i"));
  shadow.append(button);

  // What the page wished by a call, the page's language, then the browser's own, then English; docs/embedding.md has the
  // rule, static/boot.js the same. It goes to the chat as the fragment, which costs no request and no second document.
  const speak = (wish) => {
    said.language = [wish, root.lang, ...navigator.languages, "en"].find((tag) => /^(ar|zh|en)\b/i.test(tag));
    button.ariaLabel = labels[/^(ar|zh-(hant|tw|hk|mo))\b/i.test(said.language) + /^z/i.test(said.language) * 2];
  };
  speak();

  const load = () => {
    if (frame) return;
    // The chat reads from the referrer which page it is in, also where the page sends none by itself. On a phone the
    // launcher lies above it until `panel.js` is there, and with it another way to close it.
    frame = make("iframe", { title: button.ariaLabel, src: chat + path + said.language + (said.identify ? "!" : ""), referrerPolicy: "origin" });
    shadow.append(frame);
    import(chat + "/panel.js").then((panel) => panel.default(chat, host, said, Deskbell));
  };
  const turn = (open) => {
    if (open == said.open) return;
    load();
    // Where a page has hidden the launcher, the focus goes back to what it opened the chat with.
    if (open) back = document.activeElement;
    said.open = button.ariaExpanded = open;
    (open ? frame : button.hidden ? back : button).focus();
  };

  // Beside the body, not in it, so that an app that replaces the body leaves the chat alone; and after it, so that
  // the launcher comes last in the order of Tab. A script in the head runs before there is a body.
  const attach = () => {
    host.isConnected || (document.body && root.append(host));
  };
  const watch = new MutationObserver(attach);
  watch.observe(root, { childList: true });
  attach();

  // What the page may ask for (docs/embedding.md, docs/deskbell.d.ts), in the order that packs best; what it says, which is
  // kept for the chat as it is, has a zero. Whoever leaves may have been here on an earlier page: the chat has to look then,
  // though nobody has opened it; and so it does with consent.
  const calls = {
    open: () => turn(true),
    page: 0,
    logout: () => load((said.identify = 1)),
    identify: 0,
    show: () => (button.hidden = false),
    on: (name, hear) => host.addEventListener(name, hear),
    hide: () => (button.hidden = true),
    attributes: 0,
    locale: speak,
    off: (name, hear) => host.removeEventListener(name, hear),
    prefill: 0,
    inbox: 0,
    destroy: () => {
      watch.disconnect();
      host.remove();
      window.Deskbell = early;
    },
    consent: load,
    close: () => turn(false),
  };
  const Deskbell = (window.Deskbell = (name, first, second) => {
    // What there is not is said, and does nothing.
    if (calls[name]) calls[name](first, second);
    else if (name in calls) said[name] = first;
    else console.warn("no Deskbell", name);
    said.told?.(name);
  });
  Deskbell.on = true;
  // What comes after a "destroy" is for the next tag.
  while (window.Deskbell == Deskbell && early?.q?.[0]) Deskbell(...early.q.shift());
})();
