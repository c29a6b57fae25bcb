// What is fetched only when somebody wants it: sending files and seeing them, the menu with the transcript and with being
// forgotten, words for a rating. Boot imports it; it speaks with the app through the same global.
//
// A file is uploaded first and then sent as a message.

const chat = globalThis.deskbell;
const key = JSON.parse(chat.site()).key;
const at = (path) => "/w/" + key + "/" + path;
const words = (name, value) => chat.text(name, value);
const make = (tag, props, ...inside) => {
  const made = Object.assign(document.createElement(tag), props);
  made.append(...inside);
  return made;
};
const FILE_BYTES_MAX = 20 * 1024 * 1024;

// Where the browser keeps no cookie for us, the token says who this is.
const own = () => ({ "x-deskbell": "1", "content-type": "application/json", ...(chat.token && { "x-deskbell-visitor": chat.token }) });
const post = async (path, body) => {
  const answer = await fetch(at(path), { method: "POST", headers: { ...own(), "accept-language": document.documentElement.lang }, body });
  if (!answer.ok) throw answer.status;
  return answer;
};

// Sending. A file waits on a shelf in the browser's storage until its message is in the outbox: it outlives the page, and
// tabs share it. Where storage is denied, or full, it lives as long as this page, and its row says so. One is on its way
// at a time, over all tabs, so that they arrive in the order in which they were picked. Each is sent once: what the
// server answered for it is put on the shelf in its place, and the app takes the same answer once only.
const form = document.querySelector(".composer");
const tray = make("ul", { className: "uploads", ariaLabel: words("uploads") });
form.before(tray);
const WAITING_MAX = 20;
const PAUSE_MS_MIN = 1_000;
const PAUSE_MS_MAX = 60_000;
const SETTLE_MS = 100;
const later = (ms) => new Promise((done) => setTimeout(done, ms));

// The shelf stands beside the draft, behind the key of the site. `undefined` where there is none.
const shelf = (mode, ask) =>
  new Promise((done) => {
    try {
      const asking = chat.shelf().transaction("draft", mode);
      const asked = ask(asking.objectStore("draft"));
      asking.oncomplete = () => done(asked);
      asking.onabort = () => done();
    } catch {
      done();
    }
  });
const put = (item) => shelf("readwrite", (draft) => draft.put(item, item.at));
const lookup = (item) => shelf("readonly", (draft) => draft.get(item.at));
const remove = (item) => shelf("readwrite", (draft) => draft.delete(item.at));
const alone = (act) => (navigator.locks ? navigator.locks.request("files " + key, act).catch(act) : act());

// Who this is has to be known, and what the outbox holds: both are, once the first ticket was asked for.
const ready = new Promise((done) => {
  if (chat.token !== undefined) return done();
  const { hold } = chat;
  chat.hold = (token) => {
    hold(token);
    done();
  };
});
const rows = new Map();
addEventListener("online", () => rows.forEach((go) => go()));

const show = (item, kept) => {
  const bar = make("progress", { max: 1, value: 0, ariaLabel: item.name });
  const said = make("small", { role: "status" });
  const again = make("button", { type: "button", className: "edit", textContent: words("retry") });
  const drop = make("button", { type: "button", className: "edit", textContent: words("cancel") });
  const row = make("li", {}, make("bdi", { textContent: item.name }), bar, said, again, drop);
  tray.append(row);
  let request, timer;
  let pause = PAUSE_MS_MIN;
  let over = false;
  const stand = (name, is) => {
    const text = is === "bad" || kept ? words(name) : words(name) + words("file_here");
    if (said.textContent !== text) said.textContent = text;
    row.className = is;
    bar.hidden = is !== "going";
    again.hidden = is === "going" || name === "file_large" || name === "file_kind";
  };
  const end = () => {
    over = true;
    clearTimeout(timer);
    row.remove();
    rows.delete(String(item.at));
  };
  const wait = () => {
    if (over) return;
    stand("file_waits", "waits");
    timer = setTimeout(go, pause);
    pause = Math.min(pause * 2, PAUSE_MS_MAX);
  };
  // Nothing helps but another file, or a person.
  const give = (name) => {
    remove(item);
    kept = false;
    stand(name, "bad");
  };
  const upload = () =>
    new Promise((done) => {
      request = new XMLHttpRequest();
      request.open("POST", at("upload"));
      for (const [name, value] of Object.entries(own())) request.setRequestHeader(name, value);
      request.setRequestHeader("content-type", "application/octet-stream");
      request.setRequestHeader("x-deskbell-name", encodeURIComponent(item.name || "file"));
      request.upload.onprogress = ({ loaded, total }) => (bar.value = loaded / total);
      request.onloadend = () => done(request.status);
      request.send(item.file);
    });
  const attempt = async () => {
    if (over) return;
    if (!navigator.onLine) return wait();
    if (kept) {
      const found = await lookup(item);
      // Another tab has sent it, or put it away.
      if (found && !found.result) return end();
      Object.assign(item, found?.result);
    }
    stand("file_going", "going");
    if (!item.view) {
      const status = await upload();
      if (over) return;
      if (status === 413) return give("file_large");
      if (status === 415) return give("file_kind");
      if (status === 0 || status === 401 || status === 408 || status === 429 || status >= 500) return wait();
      if (status !== 200) return give("file_failed");
      item.view = request.responseText;
      if (kept) await put({ ...item, file: null });
    }
    // In the outbox it will be sent by the app, and can no longer be put away here.
    drop.hidden = true;
    while (!chat.sendFile(item.view)) await later(SETTLE_MS);
    if (kept) await remove(item);
    end();
    chat.focus();
  };
  const go = () => {
    clearTimeout(timer);
    alone(attempt);
  };
  again.onclick = () => {
    pause = PAUSE_MS_MIN;
    go();
  };
  drop.onclick = () => {
    end();
    request?.abort();
    remove(item);
    chat.focus();
  };
  rows.set(String(item.at), go);
  if (item.file?.size > FILE_BYTES_MAX) return give("file_large");
  stand("file_going", "going");
  ready.then(go);
};

export const send = async (files) => {
  // By time, and then by chance: two tabs may pick in the same moment.
  const now = Date.now();
  for (const [nth, file] of files.entries()) {
    if (rows.size >= WAITING_MAX) return chat.problem(words("file_many"));
    const item = { at: [key, now, nth, Math.random()], name: file.name, file };
    show(item, file.size <= FILE_BYTES_MAX && Boolean(await put(item)));
  }
};
// What an earlier page has left.
export const resume = async () => {
  const left = await shelf("readonly", (draft) => draft.getAll(IDBKeyRange.bound([key], [key, []])));
  for (const item of left?.result || []) if (!rows.has(String(item.at))) show(item, true);
};

// Seeing. An address works for a few minutes, so each is asked for when it is needed.
const address = async (id) => (await (await post("file/" + id)).json()).url;
export const fill = async (image) => {
  if (image.dataset.asked) return;
  image.dataset.asked = "1";
  try {
    image.src = await address(image.parentNode.dataset.file);
  } catch {
    delete image.dataset.asked;
  }
};
export const open = async (pressed) => {
  const { file } = pressed.dataset;
  const photo = pressed.querySelector("img");
  const fetched = async (props) => {
    try {
      make("a", { ...props, href: await address(file) }).click();
    } catch {
      chat.problem(words("file_gone"));
    }
  };
  // As large as it was sent it is in a tab of its own.
  const whole = () => fetched({ target: "_blank", rel: "noopener" });
  if (!photo) return fetched({ download: "" });
  if (!photo.naturalWidth) return whole();
  // It is here already: larger at once, and the focus returns to where it was pressed.
  ask(
    photo.alt,
    make("img", { src: photo.src, alt: photo.alt }),
    button(words("photo_whole"), true, whole),
    button(words("menu_close"), true),
  );
};

// The menu.
const ask = (title, text, ...actions) => {
  const heading = make("h2", { id: "more-title", dir: "auto", textContent: title });
  const dialog = make("dialog", {}, heading, ...(text ? [text] : []), make("div", { className: "actions" }, ...actions));
  dialog.setAttribute("aria-labelledby", heading.id);
  dialog.onclose = () => dialog.remove();
  dialog.onclick = ({ target }) => target.type === "button" && dialog.close();
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
};
const button = (text, quiet, onclick) => make("button", { type: "button", className: quiet ? "button quiet" : "button", textContent: text, onclick });

const transcript = async (conversation) => {
  try {
    const answer = await post("transcript", JSON.stringify({ conversation }));
    const href = URL.createObjectURL(await answer.blob());
    make("a", { href, download: words("transcript") + ".txt" }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  } catch {
    chat.problem(words("refused"));
  }
};
const forget = async () => {
  try {
    await post("forget");
  } catch {
    return chat.problem(words("forget_failed"));
  }
  // Nothing of it stays here either: messages, drafts, the token. The next word is somebody else's.
  const { wipe } = await import("{{asset:identity.js}}");
  await wipe();
};
export const menu = (conversation) =>
  ask(
    words("more"),
    null,
    button(words("save_transcript"), true, () => transcript(conversation)),
    button(words("forget"), true, () =>
      ask(words("forget_ask"), make("p", { textContent: words("forget_more") }), button(words("forget_yes"), false, forget), button(words("forget_no"), true)),
    ),
    button(words("menu_close"), true),
  );

// Words for a rating.
export const comment = (said) => {
  const field = make("textarea", { rows: 3, maxLength: 300, ariaLabel: words("comment") });
  const dialog = ask(words("comment"), field, button(words("send"), false, () => said(field.value)), button(words("cancel"), true));
  dialog.querySelector("textarea").focus();
};

// What becomes of a message that was sent. The dialog gives the focus back when it closes: what follows comes after that.
export const change = (chosen) => {
  let edits;
  const dialog = ask(
    words("change"),
    null,
    button(words("take_back"), false, () => (edits = true)),
    button(words("withdraw"), true, () => (edits = false)),
    button(words("cancel"), true),
  );
  dialog.addEventListener("close", () => edits !== undefined && chosen(edits));
};

// The composer as it is while a message is edited. One at a time.
let end = () => {};
export const edit = (before, taken) => {
  end();
  const cancel = make("button", { type: "button", className: "edit", textContent: words("cancel") });
  const strip = make("p", { className: "editing" }, make("span", { role: "status", textContent: words("editing") }), cancel);
  const text = form.querySelector("textarea");
  const leave = (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    end();
  };
  end = () => {
    end = () => {};
    strip.remove();
    form.removeEventListener("keydown", leave);
    chat.problem("");
    chat.lend();
  };
  cancel.onclick = () => end();
  form.addEventListener("keydown", leave);
  form.prepend(strip);
  chat.lend(before, () => taken(text.value) && end());
};
