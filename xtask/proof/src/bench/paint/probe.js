// Runs before anything of the page does, and measures from outside: when a key went down and when the next frame was painted,
// when a frame arrived at a socket and when its text was painted. Nothing is called in the app.
(() => {
  const TOKEN = /\bm\d{7}\b/g;
  const arrived = new Map();
  const shown = { talk: new Set(), list: new Set() };
  const probe = { keys: [], talk: [], list: [], memory: null };
  globalThis.probe = probe;

  // The frame after what was just done to the document is on the screen when the first task behind it runs.
  const painted = (then) =>
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => then(performance.now());
      channel.port2.postMessage(0);
    });

  const Plain = WebSocket;
  globalThis.WebSocket = class extends Plain {
    constructor(...of) {
      super(...of);
      this.addEventListener("message", (event) => {
        const now = performance.now();
        for (const [token] of String(event.data).matchAll(TOKEN)) if (!arrived.has(token)) arrived.set(token, now);
      });
    }
  };

  for (const name of ["instantiate", "instantiateStreaming"]) {
    const plain = WebAssembly[name];
    WebAssembly[name] = async (...of) => {
      const made = await plain.apply(WebAssembly, of);
      probe.memory ||= (made.instance || made).exports.memory;
      return made;
    };
  }

  const look = (node, batch) => {
    const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
    const place = element?.closest(".rows") ? "list" : "talk";
    for (const [token] of (node.textContent || "").matchAll(TOKEN)) {
      if (shown[place].has(token)) continue;
      shown[place].add(token);
      if (arrived.has(token)) batch.push([place, token]);
    }
  };
  new MutationObserver((records) => {
    const batch = [];
    for (const record of records) {
      if (record.type === "characterData") look(record.target, batch);
      for (const node of record.addedNodes) look(node, batch);
    }
    if (batch.length) painted((now) => batch.forEach(([place, token]) => probe[place].push([token, now - arrived.get(token), performance.timeOrigin + now])));
  }).observe(document, { subtree: true, childList: true, characterData: true });

  addEventListener(
    "keydown",
    (event) => {
      if (event.key.length === 1) painted((now) => probe.keys.push(now - event.timeStamp));
    },
    true,
  );
})();
