// Adds the chat to a host page, in a sandboxed frame that loads when it is opened. docs/embed.md says how to use it.
((words) => {
  const { currentScript } = document;
  const { dataset, src } = currentScript;
  const { origin, pathname } = new URL(src);
  const { label = words.label, place, position } = dataset;
  const address = origin + pathname.replace(/[^/]*$/, "") + (place ? `?area=${encodeURIComponent(place)}` : "");
  const NAME = "streetwise-chat";
  const LINKS = "a[data-streetwise]";
  const LATE = 3000; // Milliseconds without an answer from the frame until the helplines are shown.
  const small = matchMedia("(max-width: 599.98px), (max-height: 499.98px)");

  const look = `
  :host { all: initial; display: block; --a: var(--streetwise-accent, #0b5560); --p: var(--streetwise-paper, #faf6ef); --i: var(--streetwise-ink, #22292b); --r: var(--streetwise-radius, 14px); }
  .box { position: fixed; z-index: 2147483000; bottom: 16px; right: 16px; display: flex; flex-direction: column; align-items: flex-end; gap: 8px; max-width: calc(100vw - 32px); font: 16px/1.4 system-ui, sans-serif; }
  .left { right: auto; left: 16px; align-items: flex-start; }
  .here { position: static; align-items: stretch; max-width: none; }
  dialog { box-sizing: border-box; padding: 0; }
  .panel { position: static; margin: 0; flex-direction: column; width: min(420px, calc(100vw - 32px)); height: min(680px, calc(100vh - 110px)); border: 2px solid var(--a); border-radius: var(--r); overflow: hidden; background: var(--p); color: var(--i); }
  .panel[open] { display: flex; }
  .here .panel { width: 100%; height: 680px; }
  .panel:modal, .cover { position: fixed; inset: 0; width: 100%; height: 100vh; height: 100dvh; max-width: none; max-height: none; margin: 0; border: 0; border-radius: 0; }
  .cover { background: #fff; }
  iframe { border: 0; width: 100%; flex: 1; min-height: 0; }
  .waiting iframe { position: absolute; visibility: hidden; }
  .panel:not(.waiting) :is(.bar, .help) { display: none; }
  .bar { display: flex; justify-content: flex-end; gap: 8px; padding: 6px 8px; }
  .help { flex: 1; overflow: auto; padding: 8px 16px 16px; }
  .help a { display: block; margin-top: 10px; padding: 10px 14px; border: 2px solid var(--a); border-radius: var(--r); color: var(--a); font-weight: 600; }
  .keys { margin: 0; padding: 4px 12px; font-size: 14px; text-align: center; }
  @media (any-hover: none) { .keys { display: none; } }
  button { font: inherit; font-weight: 600; min-height: 48px; padding: 8px 18px; border-radius: 24px; border: 2px solid var(--p); background: var(--a); color: var(--p); cursor: pointer; }
  .bar button { min-height: 44px; border-radius: var(--r); }
  .bar .leave { background: #a3241b; color: #fff; border-color: #fff; }
  .bar .close { background: none; color: var(--a); border-color: var(--a); }
  :focus-visible { outline: 3px solid var(--a); outline-offset: 2px; }
  .panel:focus { outline: none; }
  [hidden], :host([hidden]) { display: none; }
  @media (prefers-color-scheme: dark) { .panel { --a: #85d3d8; --p: #14191b; --i: #ece6da; } }
  @media (forced-colors: active) { .panel, button { border-color: ButtonText; } }`;

  const add = (parent, tag, values) => {
    const element = Object.assign(document.createElement(tag), values);
    parent.append(element);
    return element;
  };

  class StreetwiseChat extends HTMLElement {
    static #only = null;
    #shifts = 0;
    #combined = false; // Shift does not count if it was pressed with another key.
    #timer = null;
    #late = null;

    // A copy of the element does nothing: a page has one chat.
    connectedCallback() {
      if (StreetwiseChat.#only?.isConnected) return;
      StreetwiseChat.#only = this;
      if (!this.root) this.#build();
      this.undo = new AbortController();
      const { signal } = this.undo;
      addEventListener("message", (event) => this.#hear(event), { signal });
      addEventListener("click", (event) => this.#click(event), { signal });
      addEventListener("keydown", (event) => this.#down(event), { signal, capture: true });
      addEventListener("keyup", (event) => this.#up(event), { signal, capture: true });
      addEventListener("pageshow", ({ persisted }) => { if (persisted) this.#empty(); }, { signal });
      small.addEventListener("change", () => { if (this.open) this.#show(); }, { signal });
      for (const name of ["resize", "scroll"]) window.visualViewport?.addEventListener(name, () => this.#fit(), { signal });
      this.mark();
    }

    disconnectedCallback() {
      if (StreetwiseChat.#only !== this) return;
      StreetwiseChat.#only = null;
      this.undo.abort();
      this.#empty();
      for (const link of document.querySelectorAll(LINKS)) for (const name of ["role", "aria-expanded"]) link.removeAttribute(name);
    }

    // Moving the element with moveBefore() keeps the conversation.
    connectedMoveCallback() {}

    // Whether the chat can be seen. The host page may hide it.
    get open() { return this.panel.getClientRects().length > 0; }

    get isWaiting() { return this.panel.matches(".waiting"); }

    toggle(launcher = this.button) {
      if (this.panel.open) return this.close();
      this.launcher = launcher;
      this.#show();
      this.#wait();
      if (this.frame) this.#greet(); else this.#load();
      this.mark();
    }

    // The frame hides the conversation. A frame that has not answered is taken out.
    close() {
      this.#tell("streetwise:close");
      if (this.isWaiting) this.#empty(); else this.#hide();
      this.launcher?.focus();
    }

    // Makes the links on the page launchers, and shows the button in the corner if there are none. A page that changes its
    // links may call this again, but they work without it.
    mark() {
      const links = [...document.querySelectorAll(LINKS)];
      this.button.hidden = links.length > 0 && !position;
      for (const link of links) link.setAttribute("role", "button");
      for (const launcher of [...links, this.button]) launcher.setAttribute("aria-expanded", String(this.panel.open));
    }

    // Covers the page at once, and leaves as soon as the frame has asked its server to erase the conversation, or after
    // half a second.
    leave(erased = false) {
      if (this.left) return;
      this.left = true;
      add(this.root, "dialog", { className: "cover" }).showModal();
      const site = words.sites[Math.floor(Math.random() * words.sites.length)];
      this.go = () => { this.go = () => {}; location.replace(site); };
      if (erased || !this.frame) return this.go();
      this.#tell("streetwise:leave");
      setTimeout(() => this.go(), 500);
    }

    #build() {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(look);
      this.root = this.attachShadow({ mode: "open" });
      this.root.adoptedStyleSheets = [sheet];
      const box = add(this.root, "div", { className: `box ${position}` });
      this.panel = add(box, "dialog", { className: "panel", tabIndex: -1 });
      this.panel.setAttribute("aria-label", words.name);
      this.panel.setAttribute("aria-describedby", "keys");
      this.panel.addEventListener("cancel", () => this.close()); // The Back button of Android.
      const bar = add(this.panel, "div", { className: "bar" });
      for (const name of ["leave", "close"]) {
        add(bar, "button", { type: "button", className: name, textContent: words[name] }).addEventListener("click", () => this[name]());
      }
      this.help = add(this.panel, "output", { className: "help" }); // Its text is read out as it appears.
      this.keys = add(this.panel, "p", { className: "keys", id: "keys", textContent: words.keys });
      this.button = add(box, "button", { type: "button", textContent: label });
      this.button.addEventListener("click", () => this.toggle());
    }

    #load() {
      this.frame = Object.assign(document.createElement("iframe"), { title: words.name, referrerPolicy: "no-referrer", src: address });
      this.frame.sandbox = "allow-scripts allow-forms allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation";
      this.frame.addEventListener("load", () => {
        if (this.open && !this.isWaiting) this.#wait();
        this.#greet();
      });
      this.keys.before(this.frame);
    }

    #greet() {
      const style = getComputedStyle(this);
      const hello = { streetwise: "hello" };
      for (const name of ["accent", "paper", "ink", "radius"]) hello[name] = style.getPropertyValue(`--streetwise-${name}`).trim();
      this.#tell(hello);
    }

    // Shows nothing of the frame until it has answered: it may be refused, or still show the conversation.
    #wait() {
      this.panel.classList.add("waiting");
      this.help.replaceChildren();
      this.panel.focus();
      clearTimeout(this.#late);
      this.#late = setTimeout(() => {
        this.help.textContent = words.late;
        for (const { says, phone } of words.calls) add(this.help, "a", { textContent: says, href: `tel:${phone.replaceAll(" ", "")}` });
        add(this.help, "a", { textContent: words.own_tab, href: address, target: "_blank", rel: "noopener noreferrer" });
      }, LATE);
    }

    #answered() {
      clearTimeout(this.#late);
      this.panel.classList.remove("waiting");
      if (this.open) this.frame.focus();
    }

    // A small screen is filled, and the page behind neither scrolls nor takes the focus.
    #show() {
      this.#hide();
      if (small.matches) {
        this.panel.showModal();
        const { style } = document.documentElement;
        this.scrolled = style.overflow;
        style.overflow = "hidden";
      } else this.panel.show();
      this.#fit();
      if (!this.isWaiting) this.frame?.focus();
    }

    #hide() {
      if (this.panel.matches(":modal")) document.documentElement.style.overflow = this.scrolled;
      this.panel.close();
      this.mark();
    }

    // Some on-screen keyboards cover the page instead of shrinking it.
    #fit() {
      const { height, offsetTop, scale } = window.visualViewport ?? {};
      const isCovered = this.panel.matches(":modal") && scale < 1.01;
      Object.assign(this.panel.style, { height: isCovered ? `${height}px` : "", top: isCovered ? `${offsetTop}px` : "" });
    }

    #empty() {
      clearTimeout(this.#late);
      this.frame?.remove();
      this.frame = null;
      this.#hide();
    }

    #tell(message) { this.frame?.contentWindow?.postMessage(message, origin); }

    #hear({ source, origin: from, data }) {
      if (from !== origin || source !== this.frame?.contentWindow) return;
      if (data === "streetwise:ready") this.#answered();
      if (data === "streetwise:close" && this.open) this.close();
      if (data !== "streetwise:leave") return;
      if (this.left) this.go();
      else this.leave(true);
    }

    #click(event) {
      const link = event.composedPath().find((one) => one.matches?.(LINKS));
      if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.toggle(link);
    }

    #down(event) {
      const { key, isComposing, shiftKey, target } = event;
      if (key === " " && target.matches?.(LINKS)) {
        event.preventDefault();
        target.click();
      }
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
  }

  function start() {
    if (!customElements.get(NAME)) customElements.define(NAME, StreetwiseChat);
    const before = document.querySelector(NAME);
    if (before) return before.mark?.();
    const chat = document.createElement(NAME);
    // After the body, so that a site which replaces its body when a link is followed keeps the chat.
    if (position === "here") currentScript.after(chat); else document.documentElement.append(chat);
  }

  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start); else start();
})(/* words */ {});
