// What is fetched only when somebody wants it: sending files and seeing them, the menu with the transcript and with being
// forgotten, words for a rating. Boot imports it; it speaks with the app through the same global.
//
// A file is uploaded first and then sent as a message. Until then it lives in this page only, and the row says so.

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

// Sending.
const form = document.querySelector(".composer");
const tray = make("ul", { className: "uploads", ariaLabel: words("uploads") });
form.before(tray);
const why = (status) => words(status === 413 ? "file_large" : status === 415 ? "file_kind" : status === 429 ? "file_many" : "file_failed");

const begin = (file) => {
  const bar = make("progress", { max: 1, value: 0, ariaLabel: file.name });
  const said = make("small", { role: "status" });
  const again = make("button", { type: "button", className: "edit", textContent: words("retry"), hidden: true });
  const drop = make("button", { type: "button", className: "edit", textContent: words("cancel") });
  const row = make("li", {}, make("bdi", { textContent: file.name }), bar, said, again, drop);
  tray.append(row);
  let request;
  const stand = (text, failed) => {
    said.textContent = text;
    row.classList.toggle("bad", failed);
    bar.hidden = failed;
  };
  const run = () => {
    again.hidden = true;
    if (file.size > FILE_BYTES_MAX) return stand(why(413), true);
    stand(words("file_going"), false);
    request = new XMLHttpRequest();
    request.open("POST", at("upload"));
    for (const [name, value] of Object.entries(own())) request.setRequestHeader(name, value);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.setRequestHeader("x-deskbell-name", encodeURIComponent(file.name || "file"));
    request.upload.onprogress = ({ loaded, total }) => (bar.value = loaded / total);
    request.onload = () => {
      if (request.status === 200 && chat.sendFile(request.responseText)) {
        row.remove();
        chat.focus();
      } else {
        again.hidden = request.status === 413 || request.status === 415;
        stand(why(request.status), true);
      }
    };
    request.onerror = () => {
      again.hidden = false;
      stand(why(0), true);
    };
    request.send(file);
  };
  again.onclick = run;
  drop.onclick = () => {
    request?.abort();
    row.remove();
    chat.focus();
  };
  run();
};
export const send = (files) => {
  for (const file of files) begin(file);
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
export const open = async (button) => {
  try {
    const link = make("a", { href: await address(button.dataset.file) });
    if (button.classList.contains("photo")) Object.assign(link, { target: "_blank", rel: "noopener" });
    else link.download = "";
    link.click();
  } catch (status) {
    chat.problem(words("file_gone"));
  }
};

// The menu.
const ask = (title, text, ...actions) => {
  const heading = make("h2", { id: "more-title", textContent: title });
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
  await chat.wipe();
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
