// Comfort only: everything works without this file.
"use strict";

const LOOK_MILLISECONDS = 2500;
const PATIENCE_MILLISECONDS = 30 * 60 * 1000; // a desk that everybody has left lets its session end

let lastTouched = Date.now();
for (const kind of ["pointerdown", "keydown"]) {
  addEventListener(kind, () => { lastTouched = Date.now(); }, { passive: true });
}

const toTheEnd = (lines) => { lines.scrollTop = lines.scrollHeight; };

// What is typed stays: the part with the form is only replaced when what may be done has changed.
const isToBeReplaced = (part, fresh) =>
  part.dataset.state === undefined ? part.innerHTML !== fresh.innerHTML : part.dataset.state !== fresh.dataset.state;

const refresh = (page) => {
  document.title = page.title;
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = page.querySelector(`[data-live="${part.dataset.live}"]`);
    if (!fresh || !isToBeReplaced(part, fresh) || part.contains(document.activeElement) && part.dataset.state === undefined && part.id !== "lines") continue;
    const draft = part.querySelector("textarea")?.value;
    part.replaceWith(document.adoptNode(fresh));
    if (draft && fresh.querySelector("textarea")) fresh.querySelector("textarea").value = draft;
    if (fresh.id === "lines") toTheEnd(fresh);
  }
};

const look = async () => {
  if (!document.hidden && Date.now() - lastTouched < PATIENCE_MILLISECONDS) {
    try {
      const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
      if (answer.ok && !answer.redirected) refresh(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // The next look may succeed.
    }
  }
  setTimeout(look, LOOK_MILLISECONDS);
};

if (document.querySelector("[data-live]")) setTimeout(look, LOOK_MILLISECONDS);

const lines = document.querySelector("#lines");
if (lines) toTheEnd(lines);

// A canned answer goes into the form without another page.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form.canned")) return;
  const text = document.querySelector("#text");
  const chosen = form.querySelector("option:checked");
  if (!text || !chosen) return;
  event.preventDefault();
  text.value = text.value ? `${text.value}\n${chosen.dataset.text}` : chosen.dataset.text;
  text.focus();
});

// Ctrl or Cmd and Enter sends.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("#text")) event.target.form.requestSubmit();
});
