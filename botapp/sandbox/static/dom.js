// Builds elements. Text is only ever set as text: nothing a customer or a bot writes becomes HTML.

export const find = (id) => document.getElementById(id);

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function button(label, onclick, properties = {}) {
  return make("button", { type: "button", onclick, ...properties }, label);
}

// Brings a list's children in line with `items`, reusing those that have not changed, so that focus stays and
// a screen reader hears only what is new.
export function reconcile(list, items, key, build) {
  const old = new Map([...list.children].map((child) => [child.dataset.key, child]));
  let place = list.firstElementChild;
  for (const item of items) {
    const name = key(item);
    const content = JSON.stringify(item);
    let child = old.get(name);
    if (child && child.dataset.content !== content) {
      const fresh = build(item);
      if (child === place) place = fresh;
      replaceKeepingFocus(child, fresh);
      child = fresh;
    }
    child ??= build(item);
    child.dataset.key = name;
    child.dataset.content = content;
    old.delete(name);
    if (child === place) place = place.nextElementSibling;
    else list.insertBefore(child, place);
  }
  for (const child of old.values()) child.remove();
}

function replaceKeepingFocus(old, fresh) {
  const focused = [...old.querySelectorAll("button")].indexOf(document.activeElement);
  const openPopups = [...old.querySelectorAll(".popup")].map((popup) => !popup.hidden);
  old.replaceWith(fresh);
  fresh.querySelectorAll(".popup").forEach((popup, index) => { popup.hidden = !openPopups[index]; });
  if (focused >= 0) fresh.querySelectorAll("button")[focused]?.focus({ preventScroll: true });
}
