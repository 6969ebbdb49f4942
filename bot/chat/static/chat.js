// Makes the chat page smoother: it works without this. Nothing is stored: the token lives in one variable.

const { base } = document.body.dataset;
const words = JSON.parse(document.body.dataset.words);
const log = document.getElementById("log");
const status = document.getElementById("status");
const form = document.getElementById("ask");
const box = document.getElementById("text");
let token = null;
let busy = false;

function make(tag, text, parent, attributes = {}) {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent?.append(element);
  return element;
}

function link(text, url, parent) {
  const attributes = url.startsWith("https://") ? { rel: "noreferrer noopener", target: "_blank" } : {};
  return make("a", text, parent, { href: url, ...attributes });
}

const fill = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);

function choices(item, options) {
  if (!options?.length) return;
  const row = make("div", "", item, { class: "choices" });
  for (const option of options) {
    make("button", option.label, row, { type: "button" }).addEventListener("click", () => {
      send({ choice: option.id }, option.label, () => row.remove());
    });
  }
}

const draw = {
  text(item, message) { make("p", message.text, item); },
  guidance(item, message) {
    make("h2", message.title, item);
    make("p", message.summary, item);
    const list = make("ul", "", item);
    for (const step of message.steps) make("li", step, list);
    const details = make("details", "", item);
    make("summary", words.sources, details);
    const sources = make("ul", "", details);
    for (const source of message.sources) link(source.name, source.url, make("li", "", sources));
    make("p", fill(words.checked, { date: message.checked_on }), details, { class: "small" });
  },
  service(item, message) {
    make("h2", message.name, item);
    make("p", message.does, item);
    const reach = make("p", "", item, { class: "reach" });
    if (message.phone) link(fill(words.call, message), `tel:${message.phone.replaceAll(" ", "")}`, reach);
    if (message.text) make("span", fill(words.send_text, message), reach);
    if (message.url) link(words.website, message.url, reach);
    const facts = [fill(words.opening_hours, message), fill(words.anonymity, message), message.note, fill(words.checked, { date: message.checked_on })];
    for (const fact of facts) if (fact) make("p", fact, item, { class: "small" });
  },
  comparison(item, message) {
    for (const side of ["real_world", "online"]) {
      const scene = make("div", "", item, { class: "scene" });
      make("h2", words[side], scene);
      make("p", message[side], scene);
    }
    make("p", message.question, item, { class: "question" });
    choices(item, message.choices);
  },
  choices(item, message) {
    make("p", message.prompt, item);
    choices(item, message.choices);
  },
};

function show(messages) {
  for (const message of messages) {
    const item = make("li", "", log, { class: `message ${message.kind}` });
    make("span", words.assistant, item, { class: "sender" });
    draw[message.kind]?.(item, message);
  }
}

async function call(method, path, body) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await fetch(`${base}/${path}`, { method, headers, body: JSON.stringify(body ?? {}), credentials: "omit" });
  const answer = response.status === 204 ? {} : await response.json();
  if (response.ok) return answer;
  if (response.status === 401 || response.status === 404) token = null;
  throw new Error(answer.detail);
}

async function start() {
  const started = await call("POST", "conversations");
  token = started.token;
  return started.messages;
}

async function send(body, said, done) {
  if (busy) return;
  busy = true;
  status.textContent = words.typing;
  try {
    if (!token) await start();
    const { messages } = await call("POST", "messages", body);
    const mine = make("li", "", log, { class: "message mine" });
    make("span", words.you, mine, { class: "sender" });
    make("p", said, mine);
    done();
    show(messages);
    status.textContent = "";
    mine.scrollIntoView({ block: "start" });
  } catch (error) {
    status.textContent = error instanceof TypeError ? words.lost : error.message;
  } finally {
    busy = false;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = box.value.trim();
  if (text) send({ text }, text, () => { box.value = ""; box.focus(); });
});

box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});

// Leaving: cover the page first, then erase, then go. Back finds an empty page.
function leave() {
  document.body.classList.add("gone");
  log.replaceChildren();
  box.value = "";
  if (token) {
    fetch(`${base}/conversations`, { method: "DELETE", headers: { Authorization: `Bearer ${token}` }, keepalive: true, credentials: "omit" });
    token = null;
  }
  location.replace(`${base}/exit`);
}

let shifts = [];
document.addEventListener("keyup", (event) => {
  if (event.key !== "Shift") { shifts = []; return; }
  const now = Date.now();
  shifts = [...shifts.filter((time) => now - time < 5000), now];
  if (shifts.length >= 3) leave();
}, true);
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.isComposing) leave(); }, true);
document.getElementById("leave").addEventListener("click", (event) => { event.preventDefault(); leave(); });
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

start().then((messages) => { log.replaceChildren(); show(messages); }).catch(() => {});
