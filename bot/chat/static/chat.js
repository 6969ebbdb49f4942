// Makes the chat page smoother. The page also works without this script. Nothing is stored in the browser: the token is
// only in a variable.

const words = document.body.dataset;
const { base } = words;
const $ = (id) => document.getElementById(id);
const log = $("log");
const form = $("ask");
const box = $("text");
const scroller = document.querySelector("main");
const lines = [$("status-a"), $("status-b")];
let token = null;
let opening = []; // The first messages of the conversation.
let failed = false;
let host = null;
let left = false;

// ── Showing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const fill = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

const day = (iso) => new Date(`${iso}T12:00`).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });

const NUMBER = /\b(999|101|(?:0\d{2,4}|116)(?: ?\d{3,4}){1,2})\b/; // page.py uses the same pattern.

function clone(kind, values) {
  const item = $(`t-${kind}`).content.firstElementChild.cloneNode(true);
  const each = (name, work) => item.querySelectorAll(`[data-${name}]`).forEach((one) => work(one, one.dataset[name]));
  each("if", (one, field) => { if (!values[field]) one.remove(); });
  each("f", (one, field) => { one.textContent = values[field] ?? ""; });
  each("t", (one, field) => link(one, values[field]));
  each("w", (one, template) => { one.textContent = fill(template, values); });
  const ways = { "tel:": values.phone?.replaceAll(" ", ""), "sms:": values.text?.split(" ").at(-1), "": values.url };
  each("to", (one, scheme) => { one.href = scheme + ways[scheme]; });
  each("service", (one) => { one.dataset.service = values.id; });
  each("list", (one, field) => { for (const text of values[field]) add(one, "li").textContent = text; });
  each("links", (one, field) => {
    for (const { name, url } of values[field]) {
      Object.assign(add(add(one, "li"), "a"), { textContent: name, href: url, rel: "noreferrer noopener", target: "_blank" });
    }
  });
  each("picture", (one) => one.setAttribute("href", `#scene-${JSON.parse($("pictures").textContent)[values.id] ?? "street"}`));
  return spoken(item, values);
}

// Writes a text with its numbers as links.
function link(element, text) {
  // Every second part is a number to call.
  text.split(NUMBER).forEach((part, place) => {
    if (place % 2) Object.assign(add(element, "a"), { textContent: part, href: `tel:${part.replaceAll(" ", "")}` });
    else element.append(part);
  });
}

// A message may be in another language.
const spoken = (element, { lang, dir }) => Object.assign(element, lang && { lang }, dir && { dir });

function add(parent, tag) {
  const element = document.createElement(tag);
  parent.append(element);
  return element;
}

// Draws a reply. Groups the folded messages and places the group before any final question, as page.py does.
function reply(messages) {
  const folded = messages.filter(({ folded }) => folded);
  const seen = messages.filter(({ folded }) => !folded).map(drawn);
  if (folded.length) {
    const more = clone("more", {});
    const list = more.querySelector("details");
    // With the facts of services in sight, which are last in their messages.
    for (const item of seen) if (item.matches(".service")) list.append(item.lastElementChild);
    for (const message of folded) {
      const section = spoken(add(list, "section"), message);
      section.className = message.kind;
      section.append(...drawn(message).childNodes);
    }
    seen.splice(seen.length - (messages.at(-1).kind === "choices"), 0, more);
  }
  const item = clone("reply", { number: log.querySelectorAll(".reply").length + 1 });
  item.querySelector(".listen").before(...seen);
  return item;
}

function drawn(message) {
  if (message.checked_on) message.checked_on = day(message.checked_on);
  if (message.open_now === false) message.closed = message.hours;
  // As in messages.html, the button shows a number of three digits. For a longer number, it shows the service's name.
  const { phone, brief } = message;
  const tucked = phone || brief;
  Object.assign(message, { dial: phone?.length === 3, named: phone?.length > 3, tucked, unnamed: !tucked });
  const item = clone(message.kind, message);
  if (message.choices?.length) buttons(item, message.choices);
  return item;
}

function buttons(item, choices) {
  const row = add(item, "div");
  row.className = "choices";
  for (const { id, label } of choices) {
    const button = add(row, "button");
    const press = { body: { choice: id }, said: label, id: newId() };
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => send(press));
  }
}

function say(line, name = "") {
  const [next, last] = lines.reverse();
  last.textContent = "";
  last.className = "status";
  next.textContent = "";
  link(next, line);
  next.className = `status ${name}`;
}

// ── Talking ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const LONGEST = 1000; // Characters that the server takes in one message.
const NEAR = 150; // Characters before that from which on the page counts down.
const PAUSES = [500, 1500]; // Milliseconds before each further attempt.
const TIMEOUT = 40_000;
const queue = []; // Messages that are being sent, in order.
let unsent = []; // Messages that could not be sent, so that their texts are in the box again.

const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// The line for a lost connection, which says whom to phone instead.
const lost = () => fill(words.lost, { helpline: $("helpline").hidden ? words.lostAdult : words.lostChild });

async function attempt(method, path, body) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const signal = AbortSignal.timeout?.(TIMEOUT);
  const response = await fetch(`${base}/${path}`, { method, headers, body: body && JSON.stringify(body), credentials: "omit", signal });
  const answer = await response.json();
  if (response.ok) return answer;
  if (response.status === 401 || response.status === 404) token = null;
  throw Object.assign(new Error(answer.detail), { known: true });
}

// Tries again if the connection was lost, which is safe because each message has an id.
async function call(...request) {
  for (const pause of PAUSES) {
    try { return await attempt(...request); } catch (error) { if (error.known || left || !navigator.onLine) throw error; }
    await new Promise((done) => setTimeout(done, pause));
  }
  return attempt(...request);
}

// Starts a conversation. `first` is the message that will follow, because one about danger is let in even if the chat is busy.
async function start(first) {
  const started = await call("POST", "conversations", { area: words.area || undefined, first_message: first });
  token = started.token;
  // The person left in the meantime, so send nothing more.
  if (left) { erase(); throw new Error("left"); }
  return started.messages;
}

// Splits a text into parts that can be sent: at the end of a sentence or line, or else of a word.
function split(text) {
  const parts = [];
  while (text.length > LONGEST) {
    const most = text.slice(0, LONGEST);
    const sentence = Math.max(...[". ", "! ", "? ", "\n"].map((end) => most.lastIndexOf(end)));
    const word = Math.max(most.lastIndexOf(" "), most.lastIndexOf("\n"));
    // Never within an emoji, which counts as two.
    const cut = sentence > LONGEST / 2 ? sentence + 1 : word > 0 ? word : LONGEST - /[\ud800-\udbff]$/.test(most);
    parts.push(text.slice(0, cut).trim());
    text = text.slice(cut).trim();
  }
  return [...parts, text].filter(Boolean);
}

// Turns what is in the box into messages. One that came back unchanged keeps its id, because it may have arrived.
function compose(text) {
  const again = [];
  for (const message of unsent) {
    if (!`${text}\n`.startsWith(`${message.said}\n`)) break;
    again.push(message);
    text = text.slice(message.said.length).trim();
  }
  unsent = [];
  return [...again, ...split(text).map((said) => ({ body: { text: said }, said, id: newId(), typed: true }))];
}

function count() {
  const text = box.value.trim();
  const room = LONGEST - text.length;
  if (room < 0) $("room").textContent = fill(words.parts, { count: split(text).length });
  else $("room").textContent = room > NEAR ? "" : fill(words.room, { count: room });
}

function fillBox(text) {
  box.value = text;
  box.dispatchEvent(new Event("input"));
}

// Scrolls the person's own message to the top, unless that would leave the reply's first line out of view.
function place(mine) {
  const reply = mine.nextElementSibling ?? mine;
  const high = scroller.clientHeight;
  const line = 4 * parseFloat(getComputedStyle(document.documentElement).fontSize); // Including the space around it.
  const up = Math.max(mine.offsetTop - 8, reply.offsetTop - Math.max(0, Math.min(0.4 * high, high - line)));
  scroller.scrollTop = up;
}

// Sends a message. One that is written while a reply is due waits for its turn.
function send(message) {
  if (queue.length && message.body.text === undefined) return; // Its button is about to go.
  quiet();
  $("before")?.setAttribute("hidden", "");
  const mine = clone("mine", { text: message.said });
  mine.classList.add("pending");
  log.append(mine);
  place(mine);
  if (queue.push({ ...message, mine }) === 1) work();
}

async function work() {
  const { typed } = queue[0];
  try {
    for (; queue.length; queue.shift()) await deliver(queue[0]);
    say("");
  } catch (error) {
    if (left || !queue[0].mine.isConnected) {
      queue.length = 0;
      return;
    }
    giveBack();
    failed = !error.known;
    say(error.known ? error.message : lost(), "wrong");
  }
  if (left) return;
  $("token").value = token ?? "";
  // Not on a touch screen, where the keyboard would come back and cover the answer.
  if (typed && !matchMedia("(pointer: coarse)").matches) box.focus({ preventScroll: true });
}

async function deliver({ body, said, id, mine }) {
  say(words.typing, "dots");
  if (!token) opening = await start(body.text);
  // Buttons on the page before the conversation starts are identified by their position.
  const sent = "first" in body ? { choice: opening.at(-1).choices[body.first].id } : body;
  const { messages } = await call("POST", "messages", { ...sent, id });
  if (left || !mine.isConnected) return; // It was closed in the meantime.
  mine.classList.remove("pending");
  if ($("before")) {
    $("before").remove();
    log.parentElement.before($("about"));
  }
  // Only the buttons of the last answer still work. A question stays, but not words that introduce its buttons.
  log.querySelectorAll(".choices:not(.message)").forEach((row) => {
    const item = row.parentElement;
    row.remove();
    const isAlone = item.parentElement.querySelectorAll(".message").length < 2;
    if (item.matches(".message.choices") && !item.innerText.includes("?") && !isAlone) item.remove();
  });
  mine.after(reply(messages));
  failed = false;
  if ([words.child, words.adult].includes(said)) {
    $("helpline").hidden = said === words.adult;
    $("helpline-adult").hidden = said === words.child;
  }
  place(mine);
  // If the focused button is gone, move the focus here.
  if (document.activeElement === document.body) mine.focus({ preventScroll: true });
}

// Puts the texts of all messages that could not be sent back into the box, before what was typed since.
function giveBack() {
  const back = queue.splice(0);
  back.forEach(({ mine }) => mine.remove());
  $("before")?.removeAttribute("hidden");
  unsent = back.filter(({ typed }) => typed);
  fillBox([...unsent.map(({ said }) => said), box.value].filter(Boolean).join("\n"));
}

// ── Listening: only with a voice on the device, because others send what they read to somebody. ──────────────────────

const speech = window.speechSynthesis;
const voice = (lang) => speech.getVoices().find((one) => one.localService && one.lang.split(/[-_]/)[0] === lang.split("-")[0]);

function quiet() {
  speech?.cancel();
  log?.querySelectorAll(".listen").forEach((button) => { button.textContent = words.listen; });
}

function listen(button) {
  const stops = button.textContent === words.stop;
  quiet();
  if (stops) return;
  button.textContent = words.stop;
  const read = [...button.parentElement.querySelectorAll("p, h3, li, .choices button")].flatMap((one) => {
    const { lang } = one.closest("[lang]");
    if (one.closest("details:not([open])") || !voice(lang)) return [];
    return Object.assign(new SpeechSynthesisUtterance(one.textContent), { lang, voice: voice(lang) });
  });
  read.at(-1).onend = () => { button.textContent = words.listen; };
  read.forEach((one) => speech.speak(one));
}

if (speech && log) {
  const look = () => document.body.classList.toggle("speaks", Boolean(voice("en")));
  speech.addEventListener?.("voiceschanged", look);
  look();
  log.addEventListener("click", ({ target }) => { if (target.matches(".listen")) listen(target); });
}

// The page about leaving has no form.
if (form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { value } = event.submitter ?? {}; // The button for easier words has a value, but Send has none.
    if (value) return send({ body: { text: value }, said: value, id: newId() });
    const messages = compose(box.value.trim());
    fillBox("");
    messages.forEach(send);
  });

  box.addEventListener("input", count);
  count();

  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
    // Scroll the messages even while the box has the focus.
    if (event.key === "PageDown" || event.key === "PageUp") {
      event.preventDefault();
      scroller.scrollBy(0, (event.key === "PageUp" ? -0.9 : 0.9) * scroller.clientHeight);
    }
  });

  // For browsers in which CSS alone cannot grow the box.
  if (!CSS.supports("field-sizing", "content")) {
    box.addEventListener("input", () => {
      box.style.height = "";
      box.style.height = `${box.scrollHeight + 4}px`;
    });
  }

  document.querySelectorAll("#before .choices").forEach((row) => row.addEventListener("submit", (event) => {
    event.preventDefault();
    const { value, textContent } = event.submitter;
    // The same id each time: a press that is tried again is the same press.
    send({ body: { first: Number(value) }, said: textContent, id: `first-${value}` });
  }));
}

// Some on-screen keyboards cover the page instead of shrinking it, so fit the page to the part still in view.
const view = window.visualViewport;
view?.addEventListener("resize", () => {
  document.body.style.height = view.scale > 1.01 ? "" : `${view.height}px`;
  scrollTo(0, 0);
});

addEventListener("offline", () => { failed = true; say(lost(), "wrong"); });
addEventListener("online", () => { if (failed) say(words.found); });

// Counts that a service was opened or called, but not by whom. Nobody waits for it or is told if it fails.
document.addEventListener("click", ({ target }) => {
  const { service } = target.closest("a.act")?.closest("[data-service]")?.dataset ?? {};
  if (!service || !token) return;
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${token}` };
  fetch(`${base}/opened`, { method: "POST", headers, body: JSON.stringify({ service }), keepalive: true, credentials: "omit" }).catch(() => {});
});

// Reports a fault in the page or in an answer, with one press.
$("wrong")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = new URLSearchParams(new FormData(event.target, event.submitter));
  said.set("token", token ?? "");
  try {
    const { ok } = await fetch(event.target.action, { method: "POST", body: said, headers: { Accept: "application/json" }, credentials: "omit" });
    if (!ok) throw new Error();
    event.target.closest("details").open = false;
    say(event.target.dataset.thanks);
  } catch {
    say(lost(), "wrong");
  }
});

// ── Leaving: cover the page, erase the conversation and go. The Back button finds nothing. ───────────────────────────

function wipe() {
  speech?.cancel();
  const cover = Object.assign(document.createElement("div"), { className: "cover", textContent: words.leaving });
  cover.setAttribute("role", "alert");
  document.body.replaceChildren(cover);
}

// Erases the conversation. A failed request is retried with growing pauses, but only while the page is open, because
// nothing may be kept in the browser for later.
function erase() {
  if (!token) return;
  const request = { method: "DELETE", headers: { Authorization: `Bearer ${token}` }, keepalive: true, credentials: "omit" };
  token = null;
  const attempt = (pause) => fetch(`${base}/conversations`, request).then(({ status }) => {
    if (status >= 500) throw new Error();
  }).catch(() => { if (pause < 60_000) setTimeout(attempt, pause, 3 * pause); });
  attempt(400);
}

function leave() {
  left = true;
  wipe();
  erase();
  if (host) return toHost("leave");
  const sites = words.sites.split(" ");
  const site = sites[Math.floor(Math.random() * sites.length)];
  // A host page that has not said hello may prevent its frame from navigating it.
  try { top.location.replace(site); } catch { location.replace(site); }
}

// The page names these keys only here, because without this script they do nothing.
document.querySelectorAll(".keys").forEach((names) => { names.hidden = false; });

let shifts = 0;
let combined = false; // Shift does not count if it was pressed with another key, as for a capital letter.
let waiting = null;
const lights = document.querySelectorAll(".lights i");

function press(count) {
  shifts = count;
  lights.forEach((light, place) => light.classList.toggle("on", place < count));
  lights[0]?.parentElement.toggleAttribute("hidden", !count);
  clearTimeout(waiting);
  if (count) waiting = setTimeout(() => { press(0); say(words.expired); }, 5000);
}

addEventListener("keyup", (event) => {
  if (event.key !== "Shift") return;
  if (combined) { combined = false; return; }
  press(shifts + 1);
  if (shifts === 3) leave();
  else say(fill(words.shift, { count: 3 - shifts }));
}, true);

addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229) return;
  if (event.key === "Escape") return leave();
  combined = event.key !== "Shift" && event.shiftKey;
  if (event.key !== "Shift" && shifts) press(0);
}, true);

document.querySelectorAll("[data-leave]").forEach((way) => way.addEventListener("click", (event) => {
  event.preventDefault();
  leave();
}));

addEventListener("pagehide", () => { token = null; wipe(); });
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

// ── In a frame: embed.js in the host page says hello, sets the four properties, and asks the chat to close or leave. ────

let gate = null;
// Not as an expression: WebKit drops the frame of a call that ends a function, and then takes the host page to be the sender.
const toHost = (what) => { parent.postMessage(`streetwise:${what}`, host); };

function button(parent, label, act) {
  const made = Object.assign(add(parent, "button"), { type: "button", textContent: label });
  made.addEventListener("click", act);
  return made;
}

const gated = (is) => [form.parentElement, document.querySelector(".easier")].forEach((one) => { one.hidden = is; });

// Takes the words off the page, because the next person to open the chat may be somebody else. Whoever opens it may go on
// with the conversation, but does not see it. After a quarter of an hour it is erased.
function close() {
  if (!form) return;
  quiet();
  unsent = [];
  fillBox("");
  if (gate || !(token || queue.length)) return;
  queue.splice(1);
  $("before")?.remove();
  say("");
  gate = reply([{ kind: "text", text: words.reopened }]);
  gate.tabIndex = -1;
  const row = add(gate.firstElementChild, "div");
  row.className = "row";
  const restart = () => { erase(); location.reload(); };
  const timer = setTimeout(restart, 15 * 60_000);
  button(row, words.goOn, () => {
    clearTimeout(timer);
    row.remove();
    gate = null;
    gated(false);
    box.focus();
  });
  button(row, words.startNew, restart);
  log.replaceChildren(gate);
  gated(true);
}

addEventListener("focus", () => gate?.focus());

addEventListener("message", ({ source, origin, data }) => {
  if (source !== parent || parent === window || ![location.origin, ...words.origins.split(" ")].includes(origin)) return;
  if (data === "streetwise:leave") leave();
  else if (data === "streetwise:close") close();
  else if (data?.streetwise === "hello") {
    if (!host) button(document.querySelector("header"), "✕", () => toHost("close")).setAttribute("aria-label", words.close);
    host = origin;
    // A site that gives its colours rarely thinks of the dark scheme, so there the chat keeps its own.
    const colour = matchMedia("(prefers-color-scheme: dark)").matches ? "" : "color";
    for (const [name, property] of [["accent", colour], ["paper", colour], ["ink", colour], ["radius", "width"]]) {
      const value = data[name];
      if (CSS.supports(property, value)) document.documentElement.style.setProperty(`--${name}`, value);
    }
    toHost("ready");
  }
});
