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
let busy = false;
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
  each("t", (one, field) => {
    // Every second part is a number to call.
    values[field].split(NUMBER).forEach((part, place) => {
      if (place % 2) Object.assign(add(one, "a"), { textContent: part, href: `tel:${part.replaceAll(" ", "")}` });
      else one.append(part);
    });
  });
  each("w", (one, template) => { one.textContent = fill(template, values); });
  each("to", (one, scheme) => { one.href = scheme + (scheme ? values.phone.replaceAll(" ", "") : values.url); });
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

// A message may be in another language.
const spoken = (element, { lang, dir }) => Object.assign(element, lang && { lang }, dir && { dir });

function add(parent, tag) {
  const element = document.createElement(tag);
  parent.append(element);
  return element;
}

// Shows messages. Groups the folded ones and places the group before any final question, as page.py does.
function show(messages) {
  const folded = messages.filter(({ folded }) => folded);
  const seen = messages.filter(({ folded }) => !folded).map(drawn);
  if (folded.length) {
    const more = clone("more", {});
    for (const message of folded) {
      const section = spoken(add(more.querySelector("details"), "section"), message);
      section.className = message.kind;
      section.append(...[...drawn(message).children].slice(1)); // Everything except the sender.
    }
    seen.splice(seen.length - (messages.at(-1).kind === "choices"), 0, more);
  }
  log.append(...seen);
}

function drawn(message) {
  if (message.checked_on) message.checked_on = day(message.checked_on);
  if (message.open_now === false) message.closed = message.hours;
  // As in messages.html, the button shows a number of three digits. For a longer number, it shows the service's name.
  const { phone } = message;
  Object.assign(message, { dial: phone?.length === 3, named: phone?.length > 3, unnamed: !phone });
  const item = clone(message.kind, message);
  if (message.open_now) item.classList.add("open");
  if (message.choices?.length) buttons(item, message.choices);
  return item;
}

function buttons(item, choices) {
  const row = add(item, "div");
  row.className = "choices";
  for (const { id, label } of choices) {
    const button = add(row, "button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => send({ choice: id }, label));
  }
}

function say(line, name = "") {
  const [next, last] = lines.reverse();
  last.textContent = "";
  last.className = "status";
  next.textContent = line;
  next.className = `status ${name}`;
}

// ── Talking ──────────────────────────────────────────────────────────────────────────────────────────────────────────

async function call(method, path, body) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await fetch(`${base}/${path}`, { method, headers, body: body && JSON.stringify(body), credentials: "omit" });
  const answer = await response.json();
  if (response.ok) return answer;
  if (response.status === 401 || response.status === 404) token = null;
  throw Object.assign(new Error(answer.detail), { known: true });
}

async function start() {
  const { area } = words;
  const started = await call("POST", "conversations", area ? { area } : undefined);
  token = started.token;
  // The person left in the meantime, so send nothing more.
  if (left) { erase(); throw new Error("left"); }
  return started.messages;
}

// Scrolls the person's own message to the top, unless that would leave the reply's first line out of view.
function place(mine) {
  const reply = mine.nextElementSibling ?? mine;
  const high = scroller.clientHeight;
  const line = 4 * parseFloat(getComputedStyle(document.documentElement).fontSize); // Including the space around it.
  const up = Math.max(mine.offsetTop - 8, reply.offsetTop - Math.max(0, Math.min(0.4 * high, high - line)));
  scroller.scrollTop = up;
}

// Sends a message. `typed` is whether its text comes from the box.
async function send(body, said, typed = false) {
  if (busy) return;
  busy = true;
  const before = $("before");
  before?.setAttribute("hidden", "");
  const mine = clone("mine", { text: said });
  mine.classList.add("pending");
  log.append(mine);
  if (typed) box.value = "";
  say(words.typing, "dots");
  place(mine);
  try {
    const opening = token ? [] : await start();
    // Buttons on the page before the conversation starts are identified by their position.
    const choice = "first" in body ? { choice: opening.at(-1).choices[body.first].id } : body;
    const { messages } = await call("POST", "messages", choice);
    mine.classList.remove("pending");
    if (before) {
      before.remove();
      log.parentElement.before($("about"));
    }
    // Only the buttons of the last answer still work.
    log.querySelectorAll(".choices").forEach((old) => old.remove());
    show(messages);
    say("");
    failed = false;
    if ([words.child, words.adult].includes(said)) {
      $("helpline").hidden = said === words.adult;
      $("helpline-adult").hidden = said === words.child;
    }
    place(mine);
    // If the focused button is gone, move the focus here.
    if (document.activeElement === document.body) mine.focus({ preventScroll: true });
  } catch (error) {
    if (left) return;
    mine.remove();
    before?.removeAttribute("hidden");
    if (typed) box.value = [said, box.value].filter(Boolean).join("\n");
    failed = !error.known;
    say(error.known ? error.message : words.lost, "wrong");
  } finally {
    busy = false;
    if (!left) $("token").value = token ?? "";
    // Not on a touch screen, where the keyboard would come back and cover the answer.
    if (typed && !matchMedia("(pointer: coarse)").matches) box.focus({ preventScroll: true });
  }
}

// The page about leaving has no form.
if (form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { value } = event.submitter ?? {}; // The button for easier words has a value, but Send has none.
    const text = value || box.value.trim();
    if (text) send({ text }, text, !value);
  });

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
    send({ first: Number(value) }, textContent);
  }));
}

// Some on-screen keyboards cover the page instead of shrinking it, so fit the page to the part still in view.
const view = window.visualViewport;
view?.addEventListener("resize", () => {
  document.body.style.height = view.scale > 1.01 ? "" : `${view.height}px`;
  scrollTo(0, 0);
});

addEventListener("offline", () => { failed = true; say(words.lost, "wrong"); });
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
    say(words.lost, "wrong");
  }
});

// ── Leaving: cover the page, erase the conversation and go. The Back button finds nothing. ───────────────────────────

function wipe() {
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
  if (host) return parent.postMessage("streetwise:leave", host);
  const sites = words.sites.split(" ");
  const site = sites[Math.floor(Math.random() * sites.length)];
  // A host page that has not said hello may prevent its frame from navigating it.
  try { top.location.replace(site); } catch { location.replace(site); }
}

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

// In a frame, embed.js in the host page says hello, sets the four properties, and may ask the chat to leave.
addEventListener("message", ({ source, origin, data }) => {
  if (source !== parent || parent === window || ![location.origin, ...words.origins.split(" ")].includes(origin)) return;
  if (data === "streetwise:leave") leave();
  else if (data?.streetwise === "hello") {
    host = origin;
    for (const name of ["accent", "paper", "ink", "radius"]) {
      const value = data[name];
      if (CSS.supports(name === "radius" ? "width" : "color", value)) document.documentElement.style.setProperty(`--${name}`, value);
    }
  }
});
