// What the site asks before the first message. Fetched where it asks anything, and only while there is something to ask. It
// stands above the composer and holds nobody up from writing: what is written waits in its field until the questions are
// answered.

const chat = globalThis.deskbell;
const words = (name) => chat.text(name);
const make = (tag, props, ...inside) => {
  const made = Object.assign(document.createElement(tag), props);
  made.append(...inside);
  return made;
};
const sheet = new CSSStyleSheet();
sheet.replaceSync(`
.about { display: grid; gap: var(--s3); max-height: 45dvh; margin: 0 var(--s3) var(--s2); padding: var(--s3) var(--s4); overflow-y: auto; overscroll-behavior: contain; scrollbar-width: thin; border-radius: var(--r4); background: var(--bg-2) }
.about :is(label, legend) { display: block; padding: 0; color: var(--text-2); font-size: var(--t3) }
.about :is(input:not([type=checkbox]), select) { width: 100%; min-height: 44px; margin-top: var(--s1); padding: 0 var(--s3); border: 1px solid var(--edge); border-radius: var(--r3); background: var(--bg); color: var(--text); font: inherit; font-size: var(--t4) }
.about input[type=email]:not(:placeholder-shown) { direction: ltr }
.about [aria-invalid=true] { border-color: var(--bad-text) }
.about .bad { margin-top: var(--s1); color: var(--bad-text); font-size: var(--t2) }
.about .agree { display: flex; gap: var(--s3); align-items: start; padding-block: var(--s1); color: var(--text); white-space: pre-line }
.about .agree input { flex: none; width: 20px; height: 20px; margin: 2px 0; accent-color: var(--site) }
.about .edit { display: inline-block; margin-inline-start: 32px; padding: 0; font-size: var(--t3); font-weight: inherit }
/* What is asked needs the room of the welcome. */
body:has(.about) .team { display: none }
body:has(.about) .hello { padding-block: var(--s1) var(--s4); font-size: var(--t5) }
@media (pointer: coarse) { .about :is(input, select) { font-size: var(--t5) } }`);

let form;
// What was typed stays where the questions change while somebody answers them.
const typed = {};

// What the token of the site's server says need not be asked. It is judged on the server; here it only spares a question.
const signed = (token) => {
  try {
    const part = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (sign) => sign.charCodeAt())));
    return ["name", "email"].filter((name) => claims[name]).concat(Object.keys(claims.attributes || {}));
  } catch {
    return [];
  }
};

const question = ({ key, kind, required, label, choices }, worded) => {
  const id = "about-" + key;
  const types = { text: "text", email: "email" };
  const of = { name: "name", email: "email", phone: "tel", company: "organization" };
  const props = { id, required, ariaRequired: String(required), oninput: () => (typed[key] = field.value) };
  const field = types[kind]
    ? make("input", { ...props, type: types[kind], maxLength: 255, placeholder: " ", autocomplete: of[key] || "off", enterKeyHint: "next" })
    : make("select", props, make("option", { value: "", textContent: words("form_choose") }), ...choices.map((it) => make("option", { value: it.text, textContent: worded(it) })));
  field.value = typed[key] || "";
  const text = worded(label) + (required ? "" : " " + words("form_optional"));
  const wrong = make("p", { className: "bad", id: id + "-wrong", hidden: true });
  const whole = make("div", {}, make("label", { htmlFor: id, textContent: text, dir: "auto" }), field, wrong);
  const says = () => {
    const value = field.value.trim();
    if (!value) return required ? words("form_needed") : "";
    return field.validity.valid ? "" : words("form_email");
  };
  return { whole, field, wrong, says, gives: (said) => field.value.trim() && (said.answers[key] = field.value.trim()) };
};

const agreement = ({ version, text, link }, worded, language) => {
  const id = "about-consent";
  const field = make("input", { id, type: "checkbox", required: true, checked: typed[id] === version });
  field.onchange = () => (typed[id] = field.checked && version);
  const label = make("label", { className: "agree" }, field, make("span", { textContent: worded(text), dir: "auto" }));
  const wrong = make("p", { className: "bad", id: id + "-wrong", hidden: true });
  const whole = make("div", {}, label);
  if (link) whole.append(make("a", { href: link, target: "_blank", rel: "noopener noreferrer", className: "edit", textContent: words("form_link") }));
  whole.append(wrong);
  const says = () => (field.checked ? "" : words("form_agree"));
  return { whole, field, wrong, says, gives: (said) => (said.consent = { version, language }) };
};

const judge = ({ field, wrong, says }) => {
  const words = says();
  wrong.hidden = !words;
  wrong.textContent = words;
  field.ariaInvalid = String(!!words);
  if (words) field.setAttribute("aria-describedby", wrong.id);
  else field.removeAttribute("aria-describedby");
  return !words;
};

// Shows what is to be asked. Gives what takes the answers: {answers, consent}, or nothing while one is missing or wrong, which
// is said beside it then. Nothing where there is nothing to ask.
export const ask = ({ fields, consent }, language, worded, known, agreed, token) => {
  form?.remove();
  form = null;
  const names = known.concat(signed(token || ""));
  const parts = fields.filter(({ key }) => !names.includes(key)).map((it) => question(it, worded));
  if (consent && consent.version > agreed) parts.push(agreement(consent, worded, language));
  if (!parts.length) return;
  if (!document.adoptedStyleSheets.includes(sheet)) document.adoptedStyleSheets.push(sheet);
  form = make("form", { className: "about", noValidate: true, ariaLabel: words("form_first") }, ...parts.map(({ whole }) => whole));
  for (const part of parts) part.field.onblur = () => part.wrong.hidden || judge(part);
  const next = () => {
    const missing = parts.filter((part) => !judge(part))[0];
    if (missing) missing.field.focus();
    return !missing;
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    if (next()) chat.focus();
  };
  // Enter in a field leads on, also where there is no button in the form.
  form.onkeydown = (event) => {
    if (event.key !== "Enter" || event.isComposing || !/INPUT/.test(event.target.tagName)) return;
    event.preventDefault();
    const at = parts.findIndex(({ field }) => field === event.target);
    const after = parts[at + 1];
    if (after) after.field.focus();
    else chat.focus();
  };
  document.querySelector("footer").prepend(form);
  return () => {
    if (!next()) return;
    const said = { answers: {} };
    for (const { gives } of parts) gives(said);
    form.remove();
    form = null;
    return said;
  };
};

// Nothing is asked any more.
export const stop = () => form?.remove();
