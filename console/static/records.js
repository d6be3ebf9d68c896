// What has been: calls and orders as lists, and one of them with everything that is known of it.

import { Conversation } from "./conversation.js";
import { byId, h, lasted, money, took, when, words } from "./dom.js";
import { ask, follow } from "./server.js";

let stop = () => {};

/** All calls, newest first. */
export async function showCalls(into) {
  await pages(into, "/calls?", "calls", "No calls yet. Pick up the phone on the first page.", (call) => [
    h("span", {}, h("strong", {}, words(call.agent)), " ", h("small", {}, `${call.channel}, ${call.direction}`)),
    h("span", { class: "right" }, badge(call.live ? "live" : call.outcome ?? call.status, call.live)),
    h("small", {}, when(call.started_at)),
    h("small", { class: "right" }, call.live ? "" : lasted(call.started_at, call.ended_at)),
  ]);
}

/** All orders, newest first, of the chosen status. */
export async function showOrders(into) {
  const status = byId("status").value;
  const path = status ? `/orders?status=${status}&` : "/orders?";
  await pages(into, path, "orders", status ? "No orders in this state." : "No orders yet.", (order) => [
    h("span", {}, h("strong", {}, order.restaurant), " ", h("small", {}, `code ${order.code}`)),
    h("span", { class: "right money" }, money(order.total)),
    h("small", {}, when(order.placed_at ?? order.created_at)),
    h("span", { class: "right" }, badge(order.status), " ", badge(order.payment_status)),
  ]);
}

async function pages(into, path, what, empty, draw) {
  stop();
  const list = h("ul", { class: "list" });
  const more = h("button", { type: "button", class: "more" }, "Older");
  const next = async (after) => {
    const page = await ask(`${path}limit=50${after ? `&after=${after}` : ""}`);
    list.append(...page[what].map((one) => h("li", {}, h("a", { href: `#/${what}/${one.id}` }, draw(one)))));
    more.hidden = !page.next;
    more.onclick = () => next(page.next);
    return page[what].length;
  };
  const found = await next("");
  into.replaceChildren(...(found ? [list, more] : [h("p", { class: "empty" }, empty)]));
}

/** One call: what was said, live if it still goes on, with its hand-overs and measurements. */
export async function showCall(into, id) {
  stop();
  const call = await ask(`/calls/${id}`);
  const transcript = h("ol", { class: "transcript", "aria-label": "Transcript", role: "log" });
  const cart = h("div", { class: "cart" });
  const facts = h("dl", { class: "facts" });
  into.replaceChildren(
    h("a", { class: "back", href: "#/calls" }, "‹ All calls"),
    h("div", { class: "head" }, h("h1", {}, `Call, ${when(call.started_at)}`),
      badge(call.live ? "live" : call.outcome ?? call.status, call.live)),
    h("div", { class: "columns" },
      h("div", { class: "stack" }, h("div", { class: "panel" }, transcript),
        measured(call.latency)),
      h("aside", { class: "panel side" }, h("h2", {}, "The order"), cart, h("h2", {}, "This call"), facts)));
  const conversation = new Conversation(transcript, cart, facts, "Caller");
  const known = {
    Agent: words(call.agent),
    Channel: `${call.channel}, ${call.direction}`,
    Market: call.market,
    Lasted: call.live ? "still on" : lasted(call.started_at, call.ended_at),
    Recording: { true: "agreed", false: "refused", null: "not asked" }[call.recording_consent],
  };
  for (const [name, value] of Object.entries(known)) conversation.fact(name, value);
  for (const order of call.order_ids) {
    conversation.fact("Order", h("a", { href: `#/orders/${order}` }, `…${order.slice(-8)}`));
  }
  stop = follow(id, (event) => conversation.apply(event));
}

function measured(rows) {
  // The first words answer nobody: they are counted from the connection, not from a caller's last word.
  const turns = rows.filter(({ data }) => data.parts?.length && data.since !== "client_connected");
  if (!turns.length) return null;
  const longest = Math.max(...turns.map((turn) => turn.data.ms));
  const drawn = turns.map(({ data }, place) => h("li", {},
    h("span", {}, `Turn ${place + 1}`),
    wide(h("ol", { class: "parts" }, data.parts.map((part, hue) =>
      wide(h("li", { class: `part part-${hue % 6}`, title: `${words(part.part)}, ${took(part.ms)}` },
        h("span", {}, `${words(part.part)} ${took(part.ms)}`)), part.ms, data.ms))), data.ms, longest),
    h("span", { class: "money" }, took(data.ms))));
  return h("div", { class: "panel" }, h("h2", {}, "From the caller's last word to ours"), h("ul", { class: "waterfall" }, drawn));
}

function wide(element, part, whole) {
  element.style.width = `${(100 * part) / Math.max(whole, 1)}%`;
  return element;
}

/** One order: dishes, bill, payments, address and its life so far. */
export async function showOrder(into, id) {
  stop();
  const [order, { events }] = await Promise.all([ask(`/orders/${id}`), ask(`/orders/${id}/events`)]);
  const place = order.address;
  const door = [place.flat, place.line, place.area, place.city, place.postcode].filter(Boolean).join(", ");
  into.replaceChildren(
    h("a", { class: "back", href: "#/orders" }, "‹ All orders"),
    h("div", { class: "head" }, h("h1", {}, `${order.restaurant}, code ${order.code}`), badge(order.status)),
    h("div", { class: "columns" },
      h("div", { class: "stack" },
        table("Dishes", order.lines.map((line) => [
          [`${line.quantity} ${line.size ?? ""} ${line.name}`.replaceAll("  ", " "), ...line.choices, line.note].filter(Boolean).join(", "),
          line.total])),
        table("The bill", [...order.price_lines.map((line) => [line.label, line.total]), ["Total", order.total]]),
        table("Payments", order.payments.map((step) => [
          [`${words(step.kind)} (${step.provider})`, step.code, when(step.at)].filter(Boolean).join(", "), step.total]))),
      h("aside", { class: "panel side" },
        h("h2", {}, "Where to"), h("p", {}, door), place.note ? h("p", { class: "quiet" }, place.note) : null,
        order.allergies?.length ? h("p", {}, `Allergies: ${order.allergies.map(words).join(", ")}`) : null,
        h("h2", {}, "Its life"),
        h("dl", { class: "facts" }, events.flatMap((event) => [h("dt", {}, words(event.type)), h("dd", {}, when(event.at))])),
        order.call_id ? h("a", { href: `#/calls/${order.call_id}` }, "The call it came from") : null)));
}

function table(title, rows) {
  const drawn = rows.map(([text, total]) => h("tr", {}, h("td", {}, text), h("td", { class: "money" }, money(total))));
  const body = rows.length ? h("table", {}, h("tbody", {}, drawn)) : h("p", { class: "empty" }, "None.");
  return h("div", { class: "panel" }, h("h2", {}, title), body);
}

const badge = (text, live = false) => h("span", { class: live ? "badge live" : "badge" }, words(text));
