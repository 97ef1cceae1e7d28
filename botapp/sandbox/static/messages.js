// One message of the thread as a bubble, with what can be done to it.

import { button, make } from "./dom.js";
import { clockTime, fullTime } from "./words.js";

const REACTIONS = { love: "❤️", smile: "😆", wow: "😮", sad: "😢", angry: "😠", like: "👍", dislike: "👎" };
const STATUSES = { sending: "Sending…", delivered: "Delivered", seen: "Seen", read: "Read" };
const AUTHORS = { customer: "You", bot: "Bot", person: "A person at the page" };

// `actions`: press(button), react(mid, name or null), unsend(mid); `nowSeconds` tells today from yesterday.
export function messageElement(message, actions, nowSeconds) {
  if (message.author === "notice") {
    return make("li", { class: "notice" }, message.text);
  }
  const side = message.author === "customer" ? "mine" : "theirs";
  return make("li", { class: `message ${side} by-${message.author}` },
    make("span", { class: "hidden" }, `${AUTHORS[message.author]}: `),
    make("div", { class: "line" }, bubble(message, actions), tools(message, actions)),
    caption(message, nowSeconds));
}

function bubble(message, actions) {
  const content = message.unsent
    ? [make("em", {}, "You took this message back")]
    : [message.text ? make("p", {}, message.text) : null, attachment(message.attachment, actions)];
  const reaction = message.reaction
    ? button(message.reaction, () => actions.react(message.mid, null), {
        class: "reaction", "aria-label": `Take back your reaction ${message.reaction}`,
      })
    : null;
  return make("div", { class: "bubble" }, ...content, reaction);
}

function attachment(found, actions) {
  if (!found) return null;
  if (found.type !== "template") return make("p", { class: "attachment" }, `📎 ${found.type}`);
  const payload = found.payload ?? {};
  const cards = Array.isArray(payload.elements) ? payload.elements : [payload];
  return make("div", { class: "cards" }, ...cards.map((card) => cardElement(card, actions)));
}

function cardElement(card, actions) {
  const lines = [card.text, card.title, card.subtitle].filter((line) => typeof line === "string");
  const buttons = Array.isArray(card.buttons) ? card.buttons : [];
  return make("div", { class: "card" },
    ...lines.map((line) => make("p", {}, line)),
    ...buttons.map((item) => button(String(item.title), () => actions.press(item), {
      disabled: item.type !== "postback", title: item.type === "postback" ? null : `${item.url ?? item.type}`,
    })));
}

function tools(message, actions) {
  if (message.unsent) return null;
  if (message.author === "customer") {
    if (message.mid === "") return null;
    return make("div", { class: "beside" },
      message.text && !message.payload
        ? button("✎", () => actions.edit(message), { title: "Change this message", "aria-label": "Change this message" })
        : null,
      button("↩", () => actions.unsend(message.mid), { title: "Take this message back", "aria-label": "Take this message back" }));
  }
  const choices = Object.entries(REACTIONS).map(([name, emoji]) =>
    button(emoji, () => {
      palette.hidden = true;
      actions.react(message.mid, name);
    }, { "aria-label": `React: ${name}` }));
  const palette = make("div", { class: "popup palette", role: "group", "aria-label": "Reactions", hidden: true }, ...choices);
  const opener = button("☺", () => toggle(palette, opener), {
    title: "React", "aria-label": "React to this message", "aria-expanded": "false",
  });
  return make("div", { class: "beside" }, opener, palette);
}

function toggle(palette, opener) {
  palette.hidden = !palette.hidden;
  opener.setAttribute("aria-expanded", String(!palette.hidden));
  if (!palette.hidden) palette.firstElementChild.focus();
}

function caption(message, nowSeconds) {
  const time = make("time", { datetime: message.at_iso, title: fullTime(message.at) }, clockTime(message.at, nowSeconds));
  const parts = [time];
  if (message.author === "person") parts.push(" · a person");
  if (message.messaging_type === "UPDATE") parts.push(make("span", { class: "update" }, " · one more message"));
  if (message.tag) parts.push(` · ${message.tag}`);
  if (message.payload && message.author === "customer") parts.push(" · button");
  if (message.edited && !message.unsent) parts.push(" · edited");
  parts.push(ticks(message));
  return make("p", { class: "caption" }, ...parts);
}

function ticks(message) {
  const word = STATUSES[message.status];
  if (message.author === "customer") return ` · ${word}`;
  return make("span", { class: `ticks ${message.status}`, title: `${word}: the page has been told` },
    make("span", { "aria-hidden": "true" }, " ✓✓"), make("span", { class: "hidden" }, word));
}
