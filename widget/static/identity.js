// Who the visitor is, where the host page says so or says that they have left. Fetched only then, and done before the app
// starts: nobody's messages are on screen until it is known whose they may be.

const chat = globalThis.deskbell;
const { key } = JSON.parse(chat.site());
const AGAIN_MS_MIN = 1_000;
const AGAIN_MS_MAX = 30_000;

const settled = (asking) => new Promise((done) => (asking.onsuccess = asking.onerror = asking.onblocked = done));

// The token lies where the app keeps it (`shared/src/browser/store.rs`), for browsers that keep no cookie of ours.
const opened = async () => {
  try {
    const opening = indexedDB.open(key, 1);
    opening.onupgradeneeded = () => ["outbox", "cache", "token"].map((name) => opening.result.createObjectStore(name));
    await settled(opening);
    opening.result.onversionchange = () => opening.result.close();
    return opening.result;
  } catch {}
};
const kept = async () => {
  const store = await opened();
  const asking = store?.transaction("token").objectStore("token").get("token");
  if (asking) await settled(asking);
  store?.close();
  return asking?.result;
};
const keep = async (token) => {
  const store = await opened();
  const writing = store?.transaction("token", "readwrite");
  if (writing) {
    writing.objectStore("token").put(token, "token");
    await new Promise((done) => (writing.oncomplete = writing.onabort = done));
  }
  store?.close();
};

// Everything that this device keeps of this site goes: messages, what was not sent, drafts, files, the token.
const empty = async () => {
  document.getElementById("text").value = "";
  const drafts = chat.shelf(true);
  try {
    // The drafts are emptied, not removed: another tab may have them open.
    const emptied = drafts && settled(drafts.transaction("draft", "readwrite").objectStore("draft").clear());
    await Promise.all([settled(indexedDB.deleteDatabase(key)), emptied]);
  } catch {}
};
export const wipe = async (token) => {
  await empty();
  if (token) await keep(token);
  chat.tabs?.postMessage(0);
  chat.anew();
  // Nothing goes on here.
  await new Promise(() => {});
};

// The session was ended elsewhere: what is said of the visitor on this page is asked about anew.
export const end = () => {
  window.name = "";
  return wipe();
};

const ask = async (path, body) => {
  const headers = { "x-deskbell": "1", "content-type": "application/json" };
  for (let pause = AGAIN_MS_MIN; ; pause = Math.min(pause * 2, AGAIN_MS_MAX)) {
    try {
      const answer = await fetch("/w/" + key + "/" + path, { method: "POST", headers, body: JSON.stringify(body), keepalive: true });
      if (answer.status < 429) return answer;
    } catch {}
    await new Promise((done) => setTimeout(done, pause));
  }
};

// A text signed by the site's server, or an empty one: they have left. Each is said once by each tab: whoever is said to be
// here last, in whichever tab, is here in all of them.
export const settle = async (who) => {
  const mark = who.slice(-43) || "-";
  if (window.name === mark) return;
  const token = await kept();
  let answer = who && (await ask("identify", { identity: who, token, page: chat.page() }));
  if (!answer?.ok) {
    if (answer) console.warn((await answer.json()).message);
    // Whoever this is, it is not who was here before.
    answer = await ask("logout", { token });
  }
  const visit = await answer.json();
  window.name = mark;
  if (visit.changed) await wipe(visit.token);
  if (visit.token) await keep(visit.token);
};
