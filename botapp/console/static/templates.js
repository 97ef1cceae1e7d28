// Comfort only: everything works without this file.
"use strict";

const LOOK_AFTER_MILLISECONDS = 600;
const form = document.querySelector("#write");

if (form) {
  const text = form.elements.text;
  const count = document.querySelector("#count");
  let waiting = 0;
  let newest = 0;

  const tell = () => {
    const length = [...text.value.trim()].length;
    count.textContent = `${length} of ${text.dataset.limit} characters, placeholders as they are written`;
  };

  const look = async () => {
    const number = ++newest;
    try {
      const answer = await fetch(form.dataset.check, { method: "POST", body: new FormData(form) });
      if (!answer.ok || answer.redirected || number !== newest) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("#checked");
      if (fresh) document.querySelector("#checked").replaceChildren(...fresh.childNodes);
    } catch {
      // The next look may succeed.
    }
  };

  form.addEventListener("input", () => {
    tell();
    clearTimeout(waiting);
    if (text.value.trim()) waiting = setTimeout(look, LOOK_AFTER_MILLISECONDS);
  });
  tell();
}
