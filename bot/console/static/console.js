// A button with data-opens opens all the details that it selects, or closes them if all are open.
(() => {
  "use strict";
  for (const button of document.querySelectorAll("[data-opens]")) button.hidden = false;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-opens]");
    if (!button) return;
    const all = [...document.querySelectorAll(button.dataset.opens)];
    const isToOpen = all.some((one) => !one.open);
    for (const one of all) one.open = isToOpen;
    button.setAttribute("aria-pressed", String(isToOpen));
  });
})();

// Single keys, for staff who read all day. An account's own page switches them off.
//
// An element with data-key="x" is pressed by the key x. Rows of a list have data-row, and j and k go through them.
(() => {
  "use strict";
  const root = document.documentElement;
  if (!("keys" in root.dataset)) return;
  root.classList.add("has-keys");

  const isShown = (one) => one.checkVisibility() && !one.disabled;
  const shown = (selector) => [...document.querySelectorAll(selector)].filter(isShown);
  const isTyping = (one) => one.closest("input, select, textarea, [contenteditable]") !== null;
  const rows = () => shown("[data-row]");

  function move(by) {
    const all = rows();
    const next = all[Math.min(Math.max(all.indexOf(document.activeElement) + by, 0), all.length - 1)];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
    return Boolean(next);
  }

  function open() {
    const all = rows();
    const one = all.includes(document.activeElement) ? document.activeElement : all[0];
    one?.click();
    return Boolean(one);
  }

  function press(key) {
    const one = shown("[data-key]").find((each) => each.dataset.key === key);
    one?.click();
    return Boolean(one);
  }

  // The first words of an element, without any hint that follows them.
  const wordsOf = (one) => [...one.childNodes].map((each) => each.textContent.trim()).find(Boolean) ?? "";

  function list() {
    const dialog = document.getElementById("keys");
    const known = dialog.querySelector("dl");
    known.querySelectorAll("[data-found]").forEach((one) => one.remove());
    for (const one of shown("[data-key]:not(.show-keys)")) {
      const line = document.createElement("div");
      line.dataset.found = "";
      for (const [name, words] of [["dt", one.dataset.key], ["dd", wordsOf(one)]]) {
        line.append(Object.assign(document.createElement(name), { textContent: words }));
      }
      known.append(line);
    }
    dialog.showModal();
  }

  const isInRows = () => rows().includes(document.activeElement);
  const acts = {
    j: () => move(1),
    k: () => move(-1),
    // Outside of the rows, the arrows scroll the page.
    ArrowDown: () => isInRows() && move(1),
    ArrowUp: () => isInRows() && move(-1),
    o: () => open() || press("o"),
  };

  // A form that leads to another page is sent once, however often its key is pressed. htmx prevents the default.
  let isLeaving = false;
  document.addEventListener("submit", (event) => {
    isLeaving ||= !event.defaultPrevented && event.target.method !== "dialog";
  });

  document.addEventListener("keydown", (event) => {
    // A key that is held down acts once.
    if (isLeaving || event.repeat || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.defaultPrevented || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const act = acts[event.key] ?? (() => press(event.key));
    if (act()) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest(".show-keys")) list();
  });
})();
