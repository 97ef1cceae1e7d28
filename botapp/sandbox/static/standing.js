// Where the shown customer stands: the messaging window, blocks, and who controls the thread.

import { find, make } from "./dom.js";
import { countdown, fullTime } from "./words.js";

const NEARLY = 0.2; // of the window is left

export function showWindow(view, nowSeconds) {
  const opened = view.last_interaction_at;
  const left = opened === null ? 0 : Math.max(0, opened + view.day_seconds - nowSeconds);
  const share = left / view.day_seconds;
  const state = opened === null ? "none" : left === 0 ? "closed" : share < NEARLY ? "nearly" : "open";
  const words = {
    none: "No window yet: it opens when the customer writes",
    closed: "The window is closed: only the customer can open it again",
    nearly: "The window closes soon",
    open: "The window is open",
  };
  find("window").dataset.state = state;
  setText("window-text", words[state]);
  setText("window-left", left > 0 ? `${countdown(left)} left` : "");
  find("window-fill").style.width = `${(share * 100).toFixed(2)}%`;
}

export function showStanding(view, state) {
  setText("name", view.name);
  setText("standing", standing(view));
  setText("block", view.blocked ? "Unblock the page" : "Block the page");
  find("handback").disabled = view.is_with_bot;
  for (const id of ["text", "send"]) find(id).disabled = view.blocked;
  find("text").placeholder = view.blocked ? "Unblock the page to write" : "Write as the customer…";
  showFacts(view, state);
}

function standing(view) {
  if (view.blocked) return "Has blocked the page";
  return view.is_with_bot ? "Talks to the bot" : "A person has taken over";
}

function showFacts(view, state) {
  const facts = [
    ["Id (PSID)", view.psid],
    ["Language", view.locale],
    ["Time zone", `GMT${view.timezone < 0 ? "−" : "+"}${Math.abs(view.timezone)}`],
    ["Last interaction", view.last_interaction_at === null ? "none" : fullTime(view.last_interaction_at)],
    ["Webhooks waiting", String(state.webhooks_waiting)],
  ];
  const content = JSON.stringify(facts);
  if (find("facts").dataset.content === content) return;
  find("facts").dataset.content = content;
  find("facts").replaceChildren(...facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
}

function setText(id, words) {
  if (find(id).textContent !== words) find(id).textContent = words;
}
