// Comfort only: everything works without this file.
"use strict";

// While the log is being checked, show how far it is; “Look again” does the same.
const watch = () => {
  const card = document.querySelector("#check[data-running]");
  if (!card) return;
  setTimeout(async () => {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("#check");
      if (fresh) card.replaceWith(document.adoptNode(fresh));
    } catch {
      // The next look may succeed.
    }
    watch();
  }, 1500);
};

watch();

// The instant under the slider, while it is moved.
const slider = document.querySelector("#step");
if (slider) {
  const shown = document.querySelector('output[for="step"]');
  const tell = () => {
    const [first, last] = [Number(slider.dataset.first), Number(slider.dataset.last)];
    const at = new Date(1000 * (first + ((last - first) * slider.value) / slider.max));
    shown.value = at.toISOString().slice(0, 19).replace("T", " ");
  };
  slider.addEventListener("input", tell);
  tell();
}
