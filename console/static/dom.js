// Small helpers for making elements and for writing money, times and names.

/** An element: h("p", { class: "quiet" }, "text", child). Functions become listeners, null children are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export const byId = (id) => document.getElementById(id);

const LOCALE = { INR: "en-IN", USD: "en-US" };

/** Minor units as written: money(3106, "USD") is "$31.06". Text is passed on as it is. */
export function money(amount, currency) {
  if (amount === null || amount === undefined) return "";
  if (typeof amount === "object") return amount.text ?? money(amount.amount, amount.currency);
  if (typeof amount === "string") return amount;
  const whole = currency === "INR" && amount % 100 === 0;
  return new Intl.NumberFormat(LOCALE[currency] ?? "en", {
    style: "currency", currency, minimumFractionDigits: whole ? 0 : 2,
  }).format(amount / 100);
}

/** "customer_order" as read: "customer order". */
export const words = (name) => (name ?? "").replaceAll("_", " ");

/** A time of day, with the date unless it is today. */
export function when(text) {
  if (!text) return "";
  const at = new Date(text);
  const today = at.toDateString() === new Date().toDateString();
  return at.toLocaleString([], today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" });
}

/** Seconds between two times as 3:07; up to now while there is no end. */
export function lasted(from, to) {
  if (!from) return "";
  const seconds = Math.max(0, Math.round(((to ? new Date(to) : new Date()) - new Date(from)) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** 38 as "38 ms", 1520 as "1.5 s". */
export const took = (ms) => (ms === undefined || ms === null ? "" : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);
