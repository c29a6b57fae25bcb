// The loader of one site: a launcher on the host page, and the chat in an iframe once somebody wants it.
//
// It is the only thing that a page pays for, so it stays near one kilobyte: no dependency, no HTML strings, no
// inline style, no eval (works under a strict CSP and Trusted Types), no cookie, no storage, and no request but
// the iframe, after the visitor acted. It never sees a message: the chat is on its own origin and talks to this
// script over one MessagePort. From here: {open, url, title, from, who}. To here: a number (messages not read), or "close".
//
// The server puts the site's published looks where the placeholder stands. A list and not a map, because every byte
// of a name would be paid for on every page. The words of all languages come along, because one address has one
// content for every browser and cache; which of them count is decided here: English, 简体中文, 繁體中文, each as the
// label of the launcher and what follows it when there is something new.
(() => {
  const [key, chat, colour, ink, place, scheme, words] = {{site}};
  const early = window.Deskbell;
  // A second tag, or the same tag run again by a single page app, changes nothing.
  if (early?.on) return;

  // The page's language, then the browser's own, then English; docs/embedding.md has the rule, static/boot.js the
  // same. It goes to the chat as the fragment, which costs no request and no second document.
  const root = document.documentElement;
  const language = [root.lang, ...navigator.languages].find((tag) => /^(en|zh)\b/i.test(tag)) || "en";
  const [label, unread] = words[/^zh/i.test(language) + /^zh-(hant|tw|hk|mo)\b/i.test(language)];

  const make = (name, parent, fields) => parent.appendChild(Object.assign(document.createElement(name), fields));
  const sheet = (css) => {
    const made = new CSSStyleSheet();
    made.replaceSync(css);
    return made;
  };
  // Phones, and windows so low or zoomed so far that a panel would be a slit.
  const small = "@media(max-width:480px),(max-height:480px){";

  // An element of our own name: no rule of the page is meant for it, and its box is reset on top of that. The root
  // is open, because a closed one hides nothing from the page and much from assistive and test tools.
  const host = document.createElement("deskbell-chat");
  const shadow = host.attachShadow({ mode: "open" });
  // The panel fades and does not move, so that it needs no rule for those who want less motion. Icons are borders,
  // because those are what forced colours keep. The button has a rim in the ink of its colour, and its focus a ring of
  // both: one of the two is seen on any page (shared/src/model/contrast.rs).
  shadow.adoptedStyleSheets = [sheet(`:host{all:initial!important}
button,iframe{position:fixed;z-index:2147483000;${place};box-shadow:0 4px 24px #0004}
button{width:56px;height:56px;border:2px solid;border-radius:50%;background:${colour};color:${ink};cursor:pointer}
button:hover{scale:1.05}
button:focus-visible{outline:3px solid ${colour};box-shadow:0 0 0 5px}
i{position:absolute;inset:15px;border:3px solid;border-radius:9px 9px 9px 0}
[aria-expanded=true] i{inset:14px 18px 22px;border-width:0 3px 3px 0;border-radius:0;rotate:45deg}
b{position:absolute;top:-6px;right:-6px;min-width:12px;padding:0 5px;border:2px solid;border-radius:12px;background:#c8102e;color:#fff;font:600 13px/20px system-ui}
b:empty{display:none}
iframe{width:400px;height:min(680px,100dvh - var(--cut));margin-bottom:72px;border:0;border-radius:16px;color-scheme:${scheme};background:linear-gradient(${colour} 64px,Canvas 0);transition:.2s}
[aria-expanded=false]~iframe{visibility:hidden;opacity:0}
${small}[aria-expanded=true]{display:none}iframe{inset:var(--top,0) 0 0;width:100%;height:var(--tall,100%);margin:0;border-radius:0}}
@media print{:host{display:none!important}}`)];

  const button = make("button", shadow, { ariaExpanded: false, ariaLabel: label });
  make("i", button);
  const badge = make("b", button);
  // On a phone the chat covers the page: the page behind must not scroll under it.
  const still = sheet(small + "html{overflow:hidden!important}}");
  let open = false;
  let frame, port, who;

  const tell = () => {
    // Address without query and fragment: they often carry what is nobody's business.
    port?.postMessage({ open, url: location.origin + location.pathname, title: document.title, from: document.referrer, who });
  };
  const show = (want, unseen) => {
    if (want === open && !unseen) return;
    open = want;
    if (!frame) {
      // The chat reads from the referrer which page it is in, also where the page sends none by itself.
      frame = make("iframe", shadow, { title: label, referrerPolicy: "origin", src: chat + "/w/" + key + "/#" + language });
      document.adoptedStyleSheets.push(still);
    }
    still.disabled = !open;
    button.ariaExpanded = open;
    unseen || (open ? frame : button).focus();
    tell();
  };

  addEventListener("message", ({ source, origin, data }) => {
    if (source !== frame?.contentWindow || origin !== chat || data !== "deskbell") return;
    const pair = new MessageChannel();
    port = pair.port1;
    port.onmessage = ({ data }) => {
      if (data === "close") show(false);
      if (data >= 0) {
        badge.textContent = data || "";
        button.ariaLabel = label + (data ? unread + data : "");
      }
    };
    source.postMessage(data, origin, [pair.port2]);
    tell();
  });

  button.onclick = () => show(!open);
  button.onkeydown = (event) => {
    if (event.key === "Escape") show(false);
  };

  // A keyboard on a phone shrinks only the visual viewport; the chat follows it, so that the composer stays in sight.
  const view = visualViewport;
  for (const change of ["resize", "scroll"])
    view.addEventListener(change, () => {
      if (view.scale < 1.01) host.style = `--top:${view.offsetTop}px;--tall:${view.height}px`;
    });
  // Single page apps change the address without loading a page.
  window.navigation?.addEventListener("navigatesuccess", tell);

  const Deskbell = window.Deskbell = (call, said) => {
    if (call === "open") show(true);
    if (call === "close") show(false);
    // Who the visitor is: the chat looks at it, here it only passes. Whoever leaves may have been here on an earlier page: the
    // chat has to look then, though nobody has opened it.
    if (call === "identify") who = said;
    if (call === "logout") show(open, (who = 1));
    tell();
  };
  Deskbell.on = true;
  early?.q?.forEach((call) => Deskbell(...call));

  // Beside the body, not in it, so that an app that replaces the body leaves the chat alone; and after it, so that
  // the launcher comes last in the order of Tab. A script in the head runs before there is a body.
  const attach = () => {
    if (document.body && !host.isConnected) root.append(host);
  };
  new MutationObserver(attach).observe(root, { childList: true });
  attach();
})();
