// What the loader fetches with the chat, and not before: speaking with the chat over one MessagePort, the
// window of a phone and its keyboard, the number of new messages, events for the page. A module, because a strict policy
// lets a script that it allows import one more from the same place, by origin or by nonce.
//
// `said` is the loader's: {open, language}, and what the page has said: {identify, page, prefill, attributes, inbox}. Pages keep a
// loader for minutes, so what is agreed on between the two files stays.
//
// To the chat: {open, url, title, from, language, who, prefill, attributes, inbox}. From it: a number (messages not read), "close",
// {label} (what follows the launcher's name), {message} (somebody has written), {left} (who was logged out is gone from this
// browser).

const small = "@media(max-width:30em),(max-height:30em){";
const sheet = (css) => {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
};
// The panel fades and does not move, so that it needs no rule for those who want less motion.
const ours = sheet(`iframe{transition:.2s}
[aria-expanded=true] i{inset:14px 18px 22px;border-width:0 3px 3px 0;border-radius:0;rotate:45deg}
b{position:absolute;top:-6px;right:-6px;min-width:12px;padding:0 5px;border:2px solid;border-radius:12px;background:#c8102e;color:#fff;font:600 13px/20px system-ui}
b:empty{display:none}
${small}[aria-expanded=true]{display:none}}`);
// On a phone the chat covers the page: the page behind must not scroll under it.
const still = sheet(small + "html{overflow:hidden!important}}");
const words = (text) => (text == null ? undefined : String(text));

export default (chat, host, said, call) => {
  // Taken off the page while this was on its way.
  if (document.body && !host.isConnected) return;
  const shadow = host.shadowRoot;
  const [button, frame] = shadow.children;
  const badge = button.appendChild(document.createElement("b"));
  still.disabled = true;
  document.adoptedStyleSheets.push(still);
  // Everything that is listened to on the page ends with it.
  const life = new AbortController();
  let label = button.ariaLabel;
  let more = "";
  let open = false;
  let port;

  const fire = (name, detail) => host.dispatchEvent(new CustomEvent(name, { detail }));
  const tell = (name) => {
    if (!port) return;
    const { identify, page, attributes, inbox } = said;
    // Address without query and fragment: they often carry what is nobody's business.
    let at = location;
    try {
      at = new URL(page?.url ?? "", at);
    } catch {}
    port.postMessage({
      open: said.open,
      url: at.origin + at.pathname,
      title: words(page?.title) ?? document.title,
      from: document.referrer,
      language: said.language,
      // Who the visitor is: the chat looks at it, here it only passes.
      who: identify && { token: words(identify.token) },
      prefill: words(said.prefill),
      attributes: attributes && Object.entries(attributes).map((pair) => pair.map(words)),
      // When it is said, and to a chat that begins: the visitor may have gone elsewhere since.
      inbox: !name || name === "inbox" ? words(inbox) : undefined,
    });
    delete said.prefill;
  };
  const count = (unread) => {
    badge.textContent = unread || "";
    fire("unread", unread);
  };
  const turned = () => {
    if (open === said.open) return;
    open = said.open;
    still.disabled = !open;
    fire(open ? "open" : "close");
  };

  addEventListener("message", ({ source, origin, data }) => {
    if (source !== frame.contentWindow || origin !== chat || data !== "deskbell") return;
    const pair = new MessageChannel();
    port = pair.port1;
    port.onmessage = ({ data }) => {
      if (data === "close") call("close");
      if (data >= 0) count(data);
      if (data.label !== undefined) button.ariaLabel = label + (more = data.label);
      if (data.message) fire("message", data.message);
      if (data.left) fire("logout");
    };
    // It began anew, for somebody else perhaps. And now that it can be closed from inside, the launcher may go on phones.
    if (badge.textContent) {
      count(0);
      button.ariaLabel = label + (more = "");
    }
    if (!shadow.adoptedStyleSheets.includes(ours)) shadow.adoptedStyleSheets.push(ours);
    source.postMessage(data, origin, [pair.port2]);
    tell();
  }, life);

  button.onkeydown = (event) => {
    if (event.key === "Escape") call("close");
  };

  // A keyboard on a phone shrinks only the visual viewport; the chat follows it, so that the composer stays in sight.
  const view = visualViewport;
  for (const change of ["resize", "scroll"])
    view.addEventListener(change, () => {
      if (view.scale < 1.01) host.style = `--top:${view.offsetTop}px;--tall:${view.height}px`;
    }, life);
  // Single page apps change the address without loading a page.
  window.navigation?.addEventListener("navigatesuccess", tell, life);

  said.told = (name) => {
    if (name === "locale") {
      frame.title = label = button.ariaLabel;
      button.ariaLabel += more;
    }
    if (name === "destroy") {
      life.abort();
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((it) => it !== still);
    }
    turned();
    tell(name);
  };
  turned();
};
