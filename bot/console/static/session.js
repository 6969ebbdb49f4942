// Says two minutes before the session ends that it does, and keeps it open if asked to. Without this script, the foot of
// each page says when the session ends. Nothing is stored in the browser.
"use strict";

const WARNING = 120_000;
const box = document.getElementById("session");
// The times at which the session ends if nothing is requested, and in any case.
let idle, over, timer;

const show = (state) => { for (const line of box.children) line.hidden = line.dataset.when !== state; };

function look() {
  clearTimeout(timer);
  const left = Math.min(idle, over) - Date.now();
  const state = left > WARNING ? "" : left <= 0 ? "ended" : idle < over ? "idle" : "over";
  show(state);
  if (left > 0) timer = setTimeout(look, left > WARNING ? left - WARNING : left);
}

function hear(seconds) {
  [idle, over] = seconds.map((one) => Date.now() + 1000 * one);
  look();
}

// Other pages of this console that are open in this browser share the session.
const others = new BroadcastChannel("session");
others.onmessage = ({ data }) => hear(data);

function hearAnswer(header) {
  if (!header) return;
  const seconds = header.split(" ").map(Number);
  hear(seconds);
  others.postMessage(seconds);
}

box.querySelector("button").addEventListener("click", async () => {
  try {
    const answer = await fetch("/account/stay", { cache: "no-store" });
    hearAnswer(answer.headers.get("Session-Ends-In"));
    if (!answer.headers.has("Session-Ends-In")) hear([0, 0]);
  } catch {
    // The console cannot be reached. The line stays, so that the button can be pressed again.
  }
});
document.addEventListener("htmx:afterRequest", ({ detail }) => hearAnswer(detail.xhr.getResponseHeader("Session-Ends-In")));
// Timers may stand still while the page is hidden or the machine sleeps.
document.addEventListener("visibilitychange", look);

document.getElementById("session-ends").hidden = true;
hear([Number(box.dataset.idle), Number(box.dataset.over)]);
others.postMessage([Number(box.dataset.idle), Number(box.dataset.over)]);
// A page that nobody sees asks for nothing by itself.
document.addEventListener("htmx:confirm", (event) => { if (document.hidden) event.preventDefault(); });
