// Comfort only: everything works without this file.
"use strict";

const CHARTS_MILLISECONDS = 10 * 1000; // figures follow within a second, whole charts in their own time
const PATIENCE_MILLISECONDS = 30 * 60 * 1000; // a desk that everybody has left lets its session end

const source = document.querySelector("[data-live-source]");
let events = null;
let lastTouched = Date.now();
let hasChanged = false;

const show = (figures) => {
  for (const place of document.querySelectorAll("[data-figure]")) {
    const number = figures[place.dataset.figure];
    const text = number === undefined ? null : number.toLocaleString("en-US");
    place.classList.toggle("fresh", text !== null && text !== place.textContent);
    if (text !== null && text !== place.textContent) place.textContent = text;
  }
};

// The server ends each answer at once, and the browser asks again by itself: see console/campaigns/live.py.
const listen = () => {
  if (events || document.hidden) return;
  events = new EventSource(source.dataset.liveSource);
  let isFirst = true;
  events.onmessage = (event) => {
    show(JSON.parse(event.data));
    hasChanged = hasChanged || !isFirst;
    isFirst = false;
  };
};

const rest = () => {
  events?.close();
  events = null;
};

const redraw = async () => {
  if (Date.now() - lastTouched > PATIENCE_MILLISECONDS) rest();
  if (hasChanged && events) {
    hasChanged = false;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.ok && !answer.redirected) replace(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // The next look may succeed.
    }
  }
  setTimeout(redraw, CHARTS_MILLISECONDS);
};

// What somebody reads or has opened stays as it is.
const replace = (page) => {
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = page.querySelector(`[data-live="${part.dataset.live}"]`);
    if (!fresh || part.innerHTML === fresh.innerHTML || part.contains(document.activeElement)) continue;
    const open = [...part.querySelectorAll("details")].map((each) => each.open);
    fresh.querySelectorAll("details").forEach((each, place) => { each.open = open[place] ?? each.open; });
    part.replaceWith(document.adoptNode(fresh));
  }
};

if (source && window.EventSource) {
  for (const kind of ["pointerdown", "keydown"]) {
    addEventListener(kind, () => { lastTouched = Date.now(); listen(); }, { passive: true });
  }
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
  listen();
  setTimeout(redraw, CHARTS_MILLISECONDS);
}
