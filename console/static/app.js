// The console: signing in, the pages, and the phone.

import { AGENT_TURNS, Conversation } from "./conversation.js";
import { byId, h, words } from "./dom.js";
import { Line } from "./line.js";
import { showCall, showCalls, showOrder, showOrders } from "./records.js";
import { Problem, ask, follow, whyNotReady } from "./server.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const STATES = {
  idle: "Not in a call",
  connecting: "Calling…",
  live: "Tiffin is listening",
  speaking: "Tiffin is speaking",
  failed: "The call failed",
};

let line = null;
let conversation = null;
let stopFollowing = () => {};
let started = null;
let ticking = null;
let muted = false;

/* what the operator is told */

function notice(text) {
  byId("notice").textContent = text;
  byId("notice").hidden = !text;
}

function state(name, text = STATES[name]) {
  byId("state").dataset.state = name;
  byId("state-text").textContent = text;
}

/** Run something that may fail; a key that is missing or too old opens the door again. */
async function trying(action) {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) openDoor();
    else notice(error.message);
  }
}

/* the door */

function openDoor() {
  const door = byId("door");
  if (!door.open) door.showModal();
  byId("key").focus();
}

byId("door").addEventListener("cancel", (event) => event.preventDefault());

byId("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  byId("door-problem").textContent = "";
  try {
    await ask("/session", { key: byId("key").value.trim() });
    byId("key").value = "";
    byId("door").close();
    await start();
  } catch (error) {
    byId("door-problem").textContent = error.status === 401 ? "This is not a key of this server." : error.message;
  }
});

/* the pages */

const PAGES = { call: null, calls: showCalls, orders: showOrders };

async function turnPage() {
  const [, page = "call", id] = location.hash.split("/");
  const known = page in PAGES ? page : "call";
  for (const section of document.querySelectorAll("main > .page")) section.hidden = true;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#/${known}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  byId(id ? "page-one" : `page-${known}`).hidden = false;
  notice("");
  if (id) await trying(() => (known === "orders" ? showOrder : showCall)(byId("page-one"), id));
  else if (PAGES[known]) await trying(() => PAGES[known](byId(known)));
}

window.addEventListener("hashchange", turnPage);
byId("refresh-calls").addEventListener("click", turnPage);
byId("refresh-orders").addEventListener("click", turnPage);
byId("status").addEventListener("change", turnPage);

/* the phone */

async function listPeople() {
  const { customers } = await ask("/customers?limit=200");
  const groups = Map.groupBy ? Map.groupBy(customers, (one) => one.market) : byMarket(customers);
  const place = { IN: "India", US: "United States" };
  const options = [...groups].sort().map(([market, people]) =>
    h("optgroup", { label: place[market] ?? market },
      people.filter((one) => one.name).map((one) => h("option", { value: one.id }, one.name))));
  byId("person").replaceChildren(h("option", { value: "" }, "Somebody new"), ...options);
}

function byMarket(people) {
  const groups = new Map();
  for (const one of people) groups.set(one.market, [...(groups.get(one.market) ?? []), one]);
  return groups;
}

byId("dial").addEventListener("submit", (event) => {
  event.preventDefault();
  call(event.submitter?.value !== "write");
});

async function call(speak) {
  notice("");
  busy(true);
  state("connecting");
  conversation = new Conversation(byId("transcript"), byId("cart"), byId("facts"));
  line = new Line({
    call: (id) => listen(id),
    failed: (error) => notice(error.message),
    state: (name) => state(name),
    hearing: (text) => conversation.pending("caller", text),
    saying: (text) => conversation.pending("agent", text),
    ended: () => over(),
  });
  try {
    await line.open({ as: byId("person").value || null, speak });
  } catch (error) {
    over();
    state("failed");
    byId("dial").hidden = false;
    byId("conversation").hidden = true;
    if (error.status === 401) openDoor();
    else notice(error.message);
    return;
  } finally {
    busy(false);
  }
  inCall(speak);
}

function busy(on) {
  for (const control of byId("dial").elements) control.disabled = on;
}

function inCall(speak) {
  byId("dial").hidden = true;
  byId("conversation").hidden = false;
  byId("composer").hidden = false;
  byId("mute").hidden = !speak;
  showMuted(false);
  for (const id of ["keys", "hang-up"]) byId(id).hidden = false;
  byId("again").hidden = true;
  state("live");
  started = Date.now();
  const person = byId("person").selectedOptions[0].textContent;
  conversation.fact("Caller", person);
  conversation.fact("Channel", speak ? "microphone" : "typing");
  ticking = setInterval(tick, 1000);
  tick();
  byId(speak ? "mute" : "words").focus();
}

function tick() {
  const seconds = Math.floor((Date.now() - started) / 1000);
  conversation.fact("Time", `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`);
}

function listen(id) {
  stopFollowing();
  conversation.fact("Call", `…${id.slice(-8)}`);
  stopFollowing = follow(id, (event) => {
    if (AGENT_TURNS.has(event.type)) line?.forgetSaying();
    conversation.apply(event);
    if (event.type === "call.ended") line?.close();
  });
}

function over() {
  clearInterval(ticking);
  line = null;
  if (byId("conversation").hidden) return;
  conversation.pending("caller", "");
  conversation.pending("agent", "");
  state("idle");
  showKeypad(false);
  for (const id of ["composer", "mute", "keys", "hang-up"]) byId(id).hidden = true;
  byId("again").hidden = false;
  byId("again").focus();
}

byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = byId("words").value.trim();
  if (!text || !line) return;
  line.write(text);
  conversation.pending("caller", text);
  byId("words").value = "";
});

function showMuted(on) {
  muted = on;
  byId("mute").setAttribute("aria-pressed", String(on));
  byId("mute").textContent = on ? "Unmute" : "Mute";
}

byId("mute").addEventListener("click", () => {
  line?.mute(!muted);
  showMuted(!muted);
});
byId("hang-up").addEventListener("click", () => line?.close());
byId("again").addEventListener("click", () => {
  stopFollowing();
  conversation = null;
  byId("conversation").hidden = true;
  byId("dial").hidden = false;
  emptySide();
  byId("speak").focus();
});

/* the keypad: buttons, and the keyboard's own digits while it is open */

function showKeypad(open) {
  byId("keypad").hidden = !open;
  byId("keys").setAttribute("aria-expanded", String(open));
  if (open) byId("keypad").firstElementChild.focus();
}

function press(key) {
  line?.press(key);
}

byId("keypad").append(...KEYS.map((key) => h("button", { type: "button", click: () => press(key) }, key)));
byId("keys").addEventListener("click", () => showKeypad(byId("keypad").hidden));
byId("keypad").addEventListener("keydown", (event) => {
  if (KEYS.includes(event.key)) press(event.key);
  if (event.key === "Escape") {
    showKeypad(false);
    byId("keys").focus();
  }
});

/* the start */

function emptySide() {
  new Conversation(byId("transcript"), byId("cart"), byId("facts"));
  byId("facts").append(h("dd", { class: "empty" }, "No call yet."));
}

async function start() {
  await trying(async () => {
    await ask("/session");
    await listPeople();
    await turnPage();
    notice(await whyNotReady());
  });
}

byId("status").append(...[
  "awaiting_payment", "scheduled", "placed", "confirmed", "preparing", "ready", "picked_up", "delivered", "closed",
  "rejected", "cancelled", "failed",
].map((name) => h("option", { value: name }, words(name))));

window.addEventListener("pagehide", () => line?.close());
emptySide();
byId("page-call").hidden = false;
start();
