// A call's events drawn as a conversation: turns, tools with their timings, who is speaking, and the cart.

import { h, money, took, words } from "./dom.js";

/** What the agent said, as far as it was heard: the name in the record of a call. */
export const AGENT_TURNS = new Set(["turn.agent", "bot.said"]);

const MARKS = {
  "caller.pressed": ({ digit }) => `Key ${digit}`,
  "caller.denied": () => "The caller is somebody else",
  "consent.recording": ({ granted }) => (granted ? "Recording: yes" : "Recording: no"),
  "consent.order_service": ({ granted }) => (granted ? "May call or text about the order" : "No calls or texts about the order"),
  "readback.heard": () => "The whole order was read back and heard",
  "payment.declined": () => "The card was declined",
  "payment.unknown": () => "The payment's outcome is not known yet",
  "order.placed": ({ total, currency }) => `Order placed, ${money(total, currency)}`,
  "person.booked": () => "A person will call back",
  "models.failed": () => "No model answered",
  failover: () => "The second model has taken over",
  "call.ended": ({ outcome }) => (outcome ? `The call has ended: ${words(outcome)}` : "The call has ended"),
};

/** Draws one call. Give every event to `apply`, in order; the transcript grows, the cart is replaced. */
export class Conversation {
  #list;
  #cart;
  #facts;
  #tools = new Map();
  #pending = { caller: null, agent: null };
  #agent = "";
  #known = {};
  #drawn = {};
  #caller;

  constructor(list, cart, facts, caller = "You") {
    this.#caller = caller;
    this.#list = list;
    this.#cart = cart;
    this.#facts = facts;
    list.replaceChildren();
    facts.replaceChildren();
    this.#drawCart({ lines: [] });
  }

  apply({ type, data }) {
    if (type === "turn.user") this.#turn("caller", this.#caller, data);
    else if (AGENT_TURNS.has(type)) this.#turn("agent", this.#agentName(data.agent), data);
    else if (type === "tool.called") this.#called(data);
    else if (type === "tool.result") this.#answered(data);
    else if (type === "tool.interrupted") this.#note(data.id, "interrupted");
    else if (type === "cart.changed") this.#drawCart(data);
    else if (type === "cart.priced") this.#drawCart({ ...this.#drawn, total: data.total, currency: data.currency });
    else if (type === "call.started") this.#agentName(data.agent);
    else if (type === "agent.handoff") this.#handedOver(data);
    else if (MARKS[type]) this.mark(MARKS[type](data));
  }

  /** Words that are not in the record yet: being heard, being said, or just sent. */
  pending(who, text) {
    this.#pending[who]?.remove();
    this.#pending[who] = text ? this.#bubble(who, who === "caller" ? this.#caller : this.#agentName(), text, "pending") : null;
    if (text) this.#add(this.#pending[who]);
  }

  /** A remark between the turns. */
  mark(text) {
    this.#add(h("li", { class: "mark" }, text));
  }

  /** A line under "This call". */
  fact(name, value) {
    this.#known[name] = value;
    this.#facts.replaceChildren(
      ...Object.entries(this.#known).flatMap(([key, one]) => [h("dt", {}, key), h("dd", {}, one)]));
  }

  #agentName(name) {
    if (name) this.#agent = name;
    if (this.#agent) this.fact("Agent", words(this.#agent));
    return this.#agent ? `Tiffin · ${words(this.#agent)}` : "Tiffin";
  }

  #turn(who, name, data) {
    this.pending(who, "");
    if (!data.text) return;
    this.#add(this.#bubble(who, name, data.text, data.interrupted ? "cut" : ""));
  }

  #bubble(who, name, text, extra) {
    return h("li", { class: `turn ${who} ${extra}`.trim() },
      h("span", { class: "who" }, name), h("span", { class: "said" }, text));
  }

  #called({ tool, id, arguments: given }) {
    const time = h("span", { class: "took" }, "…");
    const body = h("pre", {}, pretty(given));
    const item = h("li", { class: "tool" },
      h("details", {}, h("summary", {}, h("span", { class: "name" }, words(tool)), time), body));
    this.#tools.set(id, { time, body, given });
    this.#add(item);
  }

  #answered({ id, result, ms }) {
    const drawn = this.#tools.get(id);
    if (!drawn) return;
    const refused = typeof result?.error === "string";
    drawn.time.textContent = [refused ? "refused" : "", took(ms)].filter(Boolean).join(" · ");
    drawn.time.classList.toggle("bad", refused);
    drawn.body.textContent = `${pretty(drawn.given)}\n→ ${pretty(result)}`;
  }

  #note(id, text) {
    const drawn = this.#tools.get(id);
    if (drawn) drawn.time.textContent = text;
  }

  #handedOver(data) {
    const to = data.target;
    if (!to || to === this.#agent) return;
    this.#agentName(to);
    this.mark(data.reason ? `Now speaking: ${words(to)} (${data.reason})` : `Now speaking: ${words(to)}`);
  }

  #drawCart(cart) {
    this.#drawn = cart;
    const { lines = [], items, currency, total } = cart;
    if (!lines.length) {
      this.#cart.replaceChildren(h("p", { class: "empty" }, "Nothing ordered yet."));
      return;
    }
    const rows = lines.map((line) => h("li", {},
      h("span", {}, line.text, line.open ? h("span", { class: "open" }, `to ask: ${line.open}`) : null),
      h("span", { class: "money" }, money(line.amount, currency))));
    const sums = [["Items", items], ["Total", total]].filter(([, amount]) => amount !== undefined && amount !== null);
    this.#cart.replaceChildren(h("ul", {}, rows), ...sums.map(([name, amount]) =>
      h("p", { class: "sum" }, h("span", {}, name), h("span", { class: "money" }, money(amount, currency)))));
  }

  #add(item) {
    const list = this.#list;
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
    const later = [this.#pending.caller, this.#pending.agent].find((one) => one && one !== item && one.isConnected);
    if (later && !item.classList.contains("pending")) list.insertBefore(item, later);
    else list.append(item);
    if (atEnd) list.scrollTop = list.scrollHeight;
  }
}

function pretty(value) {
  return JSON.stringify(value ?? {}, null, 2);
}
