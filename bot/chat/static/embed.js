// Adds a launcher and a sandboxed frame with the chat to a host page. Nothing is requested until the chat is opened.
// <script src="https://chat.example.org/chat/embed.js" defer></script>
// data-label: the launcher's text; data-place: a police area; data-position: right, left or here. Four CSS properties
// (--streetwise-accent, -paper, -ink, -radius) match it to your site. Remove <streetwise-chat> to undo everything.
((words) => {
  const { currentScript } = document;
  const { dataset, src } = currentScript;
  const { origin, pathname } = new URL(src);
  const base = origin + pathname.replace(/\/[^/]*$/, "");
  const { label = words.label, place = "", position = "right" } = dataset;

  const look = `
  :host { all: initial; display: block; --a: var(--streetwise-accent, #0b5560); --p: var(--streetwise-paper, #faf6ef); }
  .box { position: fixed; z-index: 2147483000; bottom: 16px; right: 16px; display: flex; flex-direction: column; align-items: flex-end; gap: 8px; max-width: calc(100vw - 32px); font: 16px/1.4 system-ui, sans-serif; }
  .left { right: auto; left: 16px; align-items: flex-start; }
  .here { position: static; align-items: stretch; max-width: none; }
  .panel { width: min(420px, calc(100vw - 32px)); height: min(680px, calc(100vh - 110px)); border: 2px solid var(--a); border-radius: 14px; overflow: hidden; background: var(--p); }
  .here .panel { width: 100%; height: 680px; }
  [hidden] { display: none; }
  iframe { border: 0; width: 100%; height: 100%; display: block; }
  .row { display: flex; gap: 8px; }
  button { font: inherit; font-weight: 600; min-height: 48px; padding: 8px 18px; border-radius: 24px; border: 2px solid var(--p); background: var(--a); color: var(--p); cursor: pointer; }
  .leave { background: #a3241b; color: #fff; border-color: #fff; }
  button:focus-visible { outline: 3px solid var(--a); outline-offset: 2px; }
  .cover { position: fixed; inset: 0; z-index: 2147483647; background: #fff; }
  @media (forced-colors: active) { .panel, button { border-color: ButtonText; } }`;

  class StreetwiseChat extends HTMLElement {
    #shifts = 0;
    #combined = false; // Shift does not count if it was pressed with another key.
    #timer = null;

    connectedCallback() {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(look);
      this.root = this.attachShadow({ mode: "open" });
      this.root.adoptedStyleSheets = [sheet];
      this.box = this.#add(this.root, "div", { className: `box ${position}` });
      this.panel = this.#add(this.box, "div", { className: "panel", hidden: true });
      const row = this.#add(this.box, "div", { className: "row" });
      this.out = this.#add(row, "button", { type: "button", className: "leave", textContent: words.leave, hidden: true });
      this.launcher = this.#add(row, "button", { type: "button", textContent: label });
      this.launcher.setAttribute("aria-expanded", "false");
      this.launcher.addEventListener("click", () => this.toggle());
      this.out.addEventListener("click", () => this.leave());
      this.undo = new AbortController();
      const { signal } = this.undo;
      addEventListener("message", (event) => this.#hear(event), { signal });
      addEventListener("keydown", (event) => this.#down(event), { signal, capture: true });
      addEventListener("keyup", (event) => this.#up(event), { signal, capture: true });
      addEventListener("pageshow", (event) => { if (event.persisted) this.#empty(); }, { signal });
    }

    disconnectedCallback() { this.undo.abort(); }

    get open() { return !this.panel.hidden; }

    toggle() {
      if (!this.frame) this.#load();
      this.panel.hidden = this.open;
      this.out.hidden = !this.open;
      this.launcher.textContent = this.open ? words.close : label;
      this.launcher.setAttribute("aria-expanded", String(this.open));
      if (this.open) this.frame.focus();
    }

    // Covers the page at once, and leaves as soon as the frame has asked its server to erase the conversation, or after
    // half a second.
    leave(erased = false) {
      if (this.left) return;
      this.left = true;
      this.#add(this.root, "div", { className: "cover" });
      const site = words.sites[Math.floor(Math.random() * words.sites.length)];
      this.go = () => { this.go = () => {}; location.replace(site); };
      if (erased || !this.frame) return this.go();
      this.#tell("streetwise:leave");
      setTimeout(() => this.go(), 500);
    }

    #load() {
      this.frame = document.createElement("iframe");
      Object.assign(this.frame, { title: label, referrerPolicy: "no-referrer", src: `${base}/${place && `?area=${encodeURIComponent(place)}`}` });
      this.frame.sandbox = "allow-scripts allow-forms allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation";
      this.frame.addEventListener("load", () => {
        const style = getComputedStyle(this);
        const hello = { streetwise: "hello" };
        for (const name of ["accent", "paper", "ink", "radius"]) hello[name] = style.getPropertyValue(`--streetwise-${name}`).trim();
        this.#tell(hello);
      });
      this.panel.append(this.frame);
    }

    #tell(message) { this.frame?.contentWindow?.postMessage(message, origin); }

    #hear({ source, origin: from, data }) {
      if (from !== origin || source !== this.frame?.contentWindow || data !== "streetwise:leave") return;
      if (this.left) this.go();
      else this.leave(true);
    }

    #down({ key, isComposing, shiftKey }) {
      if (!this.open || isComposing) return;
      if (key === "Escape") return this.leave();
      this.#combined = key !== "Shift" && shiftKey;
      if (key !== "Shift") this.#shifts = 0;
    }

    #up({ key }) {
      if (!this.open || key !== "Shift") return;
      if (this.#combined) { this.#combined = false; return; }
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => { this.#shifts = 0; }, 5000);
      if (++this.#shifts === 3) this.leave();
    }

    #empty() {
      this.frame?.remove();
      this.frame = null;
      if (this.open) this.toggle();
    }

    #add(parent, tag, values) {
      const element = Object.assign(document.createElement(tag), values);
      parent.append(element);
      return element;
    }
  }

  if (!customElements.get("streetwise-chat")) customElements.define("streetwise-chat", StreetwiseChat);
  const chat = document.createElement("streetwise-chat");
  if (position === "here") currentScript.after(chat); else document.body.append(chat);
})(/* words */ {});
