// Puts a launcher and a sandboxed frame with the chat into a host page. Nothing is requested until it is opened.
// <script src="https://chat.example.org/chat/embed.js" data-label="Worried about something online?" defer></script>

const script = document.currentScript;
const base = script.src.replace(/\/embed\.js.*$/, "");
const launcher = document.createElement("button");
launcher.type = "button";
launcher.textContent = script.dataset.label || "Online safety chat";
launcher.setAttribute("aria-expanded", "false");
let frame = null;

function toggle() {
  if (frame) { frame.remove(); frame = null; } else {
    frame = document.createElement("iframe");
    frame.src = `${base}/`;
    frame.title = launcher.textContent;
    frame.referrerPolicy = "no-referrer";
    frame.sandbox = "allow-scripts allow-forms allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation";
    frame.width = "100%";
    frame.height = "640";
    launcher.after(frame);
  }
  launcher.setAttribute("aria-expanded", String(Boolean(frame)));
}

launcher.addEventListener("click", toggle);
script.after(launcher);
