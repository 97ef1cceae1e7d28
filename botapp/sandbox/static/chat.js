// The chat page: asks the sandbox once a second, shows the thread, and does what the customer does.

import * as api from "./api.js";
import { button, find, make, reconcile } from "./dom.js";
import { messageElement } from "./messages.js";
import { showStanding, showWindow } from "./standing.js";
import { clockTime, duration, hoursAgo } from "./words.js";

const POLL_MS = 1000;
const HOURS = [0, 1, 6, 12, 20, 23, 25, 48];

let psid = location.hash.slice(1) || null;
let state = null;
let view = null; // the thread shown, with its messages
let clockOffsetSeconds = 0; // the sandbox's clock minus this browser's
let problemTimer = null;
let edited = null; // the mid of the message that is being changed

const now = () => Date.now() / 1000 + clockOffsetSeconds;

// ---- what is done

async function attempt(action) {
  try {
    await action();
    await refresh();
  } catch (error) {
    showProblem(error.message);
  }
}

const act = (action, fields) => attempt(() => api.act(psid, action, fields));

const agoSeconds = () => (Number(find("ago").value) / 24) * state.day_seconds;

const actions = {
  press: (item) => act("postback", { title: item.title, payload: item.payload, ago: agoSeconds() }),
  react: (mid, name) => act("react", name ? { mid, action: "react", reaction: name } : { mid, action: "unreact" }),
  unsend: (mid) => act("unsend", { mid }),
  edit: beginEdit,
};

// The message that is being changed goes back into the place where it was written.
function beginEdit(message) {
  edited = message.mid;
  find("text").value = message.text;
  find("send").textContent = "Change";
  fitComposer();
  find("text").focus();
}

function endEdit() {
  edited = null;
  find("text").value = "";
  find("send").textContent = "Send";
  fitComposer();
}

async function write() {
  const text = find("text").value.trim();
  if (!text || !psid) return;
  if (edited) {
    const mid = edited;
    endEdit();
    await act("edit", { mid, text });
    return;
  }
  find("text").value = "";
  fitComposer();
  try {
    await api.act(psid, "message", { text, ago: agoSeconds() });
    find("ago").value = "0"; // dating back is for one message
    await refresh();
    scrollToEnd();
  } catch (error) {
    if (!find("text").value) find("text").value = text;
    showProblem(error.message);
  }
}

function select(chosen) {
  if (chosen !== psid) {
    psid = chosen;
    view = null;
    endEdit();
    find("thread").replaceChildren();
    history.replaceState(null, "", `#${psid}`);
  }
  showScreen("thread");
  attempt(async () => {});
  if (matchMedia("(min-width: 40rem)").matches) find("text").focus();
}

// ---- what is shown

async function refresh() {
  state = await api.state();
  clockOffsetSeconds = state.now - Date.now() / 1000;
  if (!state.customers.some((customer) => customer.psid === psid) && !(await isKnown())) {
    psid = state.customers[0]?.psid ?? null;
    view = null;
  }
  showPeople();
  if (psid === null) return;
  await refreshThread();
}

// A customer may be older than the list is long.
async function isKnown() {
  if (psid === null) return false;
  return api.thread(psid, null).then(() => true, () => false);
}

async function refreshThread() {
  const asked = psid;
  const answer = await api.thread(asked, view?.version ?? null);
  if (asked !== psid) return; // somebody else was chosen meanwhile
  const isNew = answer.messages !== undefined;
  view = { ...answer, messages: answer.messages ?? view.messages };
  showStanding(view, state);
  find("typing").hidden = !view.is_typing;
  if (isNew) showMessages();
  if (view.unread > 0 && document.visibilityState === "visible") await api.act(psid, "read");
}

function showPeople() {
  const page = state.pages.find((found) => found.id === view?.page_id) ?? state.pages[0];
  find("page-name").textContent = page ? page.name : "No page is connected yet: botapp account add …";
  find("banner").hidden = state.day_seconds === 86400;
  find("banner").textContent = `One day lasts ${duration(state.day_seconds)} here`;
  reconcile(find("customers"), state.customers.map((customer) => ({
    psid: customer.psid, name: customer.name, last: preview(customer), at: customer.last_at,
    unread: customer.psid === psid ? 0 : customer.unread, chosen: customer.psid === psid,
  })), (item) => item.psid, customerElement);
}

function preview(customer) {
  if (customer.blocked) return "Has blocked the page";
  if (customer.last_author === null) return "Has not written yet";
  const words = customer.last_text ?? "Attachment";
  return customer.last_author === "customer" ? `You: ${words}` : words;
}

function customerElement(item) {
  const choose = button("", () => select(item.psid), { class: "customer", "aria-current": item.chosen ? "true" : null });
  choose.append(
    make("img", { class: "picture", alt: "", src: pictureOf(item.psid) }),
    make("span", { class: "grow" },
      make("span", { class: "customer-name" }, item.name),
      make("span", { class: "faint ellipsis" }, item.last)),
    make("span", { class: "end" },
      make("span", { class: "faint" }, item.at ? clockTime(item.at, now()) : ""),
      item.unread ? make("span", { class: "unread", "aria-label": `${item.unread} unread` }, String(item.unread)) : null));
  return make("li", {}, choose);
}

const pictureOf = (id) => `/sandbox/customers/${encodeURIComponent(id)}/picture.svg`;

function showMessages() {
  const scroll = find("scroll");
  const wasAtEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 120;
  reconcile(find("thread"), view.messages, (message) => message.mid, (message) => messageElement(message, actions, now()));
  find("picture").src = pictureOf(psid);
  find("picture").hidden = false;
  showWelcome();
  showReplies();
  if (wasAtEnd) scrollToEnd();
}

function showWelcome() {
  const profile = state.pages.find((page) => page.id === view.page_id)?.profile ?? {};
  const starters = view.blocked ? [] : startersOf(profile);
  find("welcome").hidden = view.messages.length > 0;
  find("greeting").textContent = inTheirLanguage(profile.greeting)?.text ?? "Write something to begin.";
  find("starters").replaceChildren(...starters.map((item) => button(item.title, () => actions.press(item))));
  const items = inTheirLanguage(profile.persistent_menu)?.call_to_actions ?? [];
  find("show-menu").hidden = items.length === 0 || view.blocked;
  find("menu").replaceChildren(...items.map((item) => make("li", {}, button(item.title, () => {
    openMenu(false);
    actions.press(item);
  }, { disabled: item.type !== "postback" }))));
}

// Of a property with an entry for each locale: the customer's own, else the one for everybody.
function inTheirLanguage(entries) {
  const named = (locale) => entries?.find((entry) => (entry.locale ?? "default") === locale);
  return named(view.locale) ?? named("default");
}

function startersOf(profile) {
  const questions = inTheirLanguage(profile.ice_breakers)?.call_to_actions ?? [];
  if (questions.length > 0) return questions.map((item) => ({ title: item.question, payload: item.payload }));
  return profile.get_started ? [{ title: "Get Started", payload: profile.get_started.payload }] : [];
}

// Quick replies vanish once the customer has said anything, tapped or not.
function showReplies() {
  const spoken = view.messages.filter((message) => message.author !== "notice");
  const replies = view.blocked ? [] : spoken.at(-1)?.quick_replies ?? [];
  const offered = spoken.at(-1)?.mid ?? "";
  if (find("replies").dataset.offered === `${offered} ${replies.length}`) return;
  find("replies").dataset.offered = `${offered} ${replies.length}`;
  find("replies").replaceChildren(...replies.filter((reply) => reply.content_type === "text").map((reply) =>
    button(reply.title, () => {
      find("replies").replaceChildren();
      act("message", { text: reply.title, quick_reply: reply.payload, ago: agoSeconds() });
      find("text").focus();
    })));
}

function showAgo() {
  find("ago").replaceChildren(...HOURS.map((hours) =>
    make("option", { value: hours }, hoursAgo(hours, state.day_seconds))));
}

function showProblem(words) {
  const problem = find("problem");
  problem.textContent = words;
  problem.hidden = false;
  clearTimeout(problemTimer);
  problemTimer = setTimeout(() => { problem.hidden = true; }, 6000);
}

function showScreen(name) {
  find("app").dataset.screen = name;
  find("show-tools").setAttribute("aria-expanded", String(name === "tools"));
}

function scrollToEnd() {
  find("scroll").scrollTop = find("scroll").scrollHeight;
}

function fitComposer() {
  const text = find("text");
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, 140)}px`;
}

function openMenu(isOpen) {
  find("menu").hidden = !isOpen;
  find("show-menu").setAttribute("aria-expanded", String(isOpen));
  if (isOpen) find("menu").querySelector("button")?.focus();
}

// ---- wiring

function openNewDialog() {
  find("new-form").reset();
  find("new-page").replaceChildren(...state.pages.map((page) => make("option", { value: page.id }, page.name)));
  find("new-page-label").hidden = state.pages.length < 2;
  find("new-dialog").showModal();
}

async function createCustomer() {
  const created = await api.createCustomer({
    page_id: find("new-page").value || undefined,
    name: find("new-name").value.trim() || undefined,
    locale: find("new-locale").value,
    timezone: Number(find("new-timezone").value),
  });
  find("new-dialog").close();
  select(created.psid);
}

function closePopups(event) {
  for (const popup of document.querySelectorAll(".popup:not([hidden])")) {
    if (event.type === "keydown" || !popup.parentElement.contains(event.target)) {
      popup.hidden = true;
      const opener = popup.parentElement.querySelector("[aria-expanded]");
      opener?.setAttribute("aria-expanded", "false");
      if (event.type === "keydown") opener?.focus();
    }
  }
}

function wire() {
  find("composer").addEventListener("submit", (event) => { event.preventDefault(); write(); });
  find("text").addEventListener("input", fitComposer);
  find("text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); write(); }
  });
  find("show-menu").addEventListener("click", () => openMenu(find("menu").hidden));
  find("block").addEventListener("click", () => act(view.blocked ? "unblock" : "block"));
  find("delete").addEventListener("click", () => act("delete"));
  find("handback").addEventListener("click", () => act("handback"));
  find("person").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = find("person-text").value.trim();
    if (text) act("person", { text }).then(() => find("person").reset());
  });
  find("show-people").addEventListener("click", () => showScreen("people"));
  find("show-tools").addEventListener("click", () =>
    showScreen(find("app").dataset.screen === "tools" ? "thread" : "tools"));
  find("hide-tools").addEventListener("click", () => { showScreen("thread"); find("show-tools").focus(); });
  find("new-customer").addEventListener("click", openNewDialog);
  find("new-cancel").addEventListener("click", () => find("new-dialog").close());
  find("new-form").addEventListener("submit", (event) => { event.preventDefault(); attempt(createCustomer); });
  document.addEventListener("click", closePopups);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    closePopups(event);
    if (edited) endEdit();
    if (find("app").dataset.screen === "tools") showScreen("thread");
  });
}

async function poll() {
  try {
    await refresh();
    if (find("ago").childElementCount === 0) showAgo();
  } catch (error) {
    showProblem(error.message);
  }
  setTimeout(poll, POLL_MS);
}

wire();
setInterval(() => { if (view) showWindow(view, now()); }, 250);
poll();
