// Comfort only: everything works without this file.
"use strict";

const LOOK_AFTER_MILLISECONDS = 700;
const CHANGING = ["#texts", "#criteria"];
const form = document.querySelector("#rule");

if (form) {
  let waiting = 0;
  let newest = 0;
  let isPlain = false;

  const ask = async (submitter) => {
    const number = ++newest;
    const answer = await fetch(form.dataset.look, { method: "POST", body: new FormData(form, submitter) });
    if (!answer.ok || answer.redirected || number !== newest) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };

  const look = async () => {
    try {
      const fresh = (await ask())?.querySelector("#checked");
      if (fresh) document.querySelector("#checked").replaceChildren(...fresh.childNodes);
    } catch {
      // The next look may succeed.
    }
  };

  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, LOOK_AFTER_MILLISECONDS);
  };

  const plainly = (button) => {
    isPlain = true;
    button.click();
  };

  // After a button of the criteria the page stays where it is, with the new field in hand.
  const change = async (button) => {
    try {
      const page = await ask(button);
      if (!page) return plainly(button);
      const known = new Set([...form.elements].map((each) => each.name + each.value));
      for (const part of CHANGING) document.querySelector(part).replaceWith(page.querySelector(part));
      const fields = [...form.elements].filter((each) => each.matches("input[list]"));
      const added = fields.filter((each) => !known.has(each.name + each.value));
      (added.at(-1) ?? document.querySelector(`${CHANGING[1]} button`)).focus();
      soon();
    } catch {
      plainly(button);
    }
  };

  form.addEventListener("submit", (event) => {
    if (event.submitter?.name !== "do" || isPlain) return;
    event.preventDefault();
    clearTimeout(waiting);
    change(event.submitter);
  });
  form.addEventListener("input", soon);
}
