// Asking the server, and saying in plain words what went wrong.

/** An answer that was not what we asked for; `message` may be shown to a person. */
export class Problem extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

const PLAIN = {
  401: "Please sign in with your API key.",
  403: "This key may not do that.",
  404: "There is no such thing here.",
  429: "Too many requests; wait a moment and try again.",
  503: "The server is not ready. Try again in a moment.",
};

/** JSON from a path; `body` makes it a POST. Throws Problem. */
export async function ask(path, body) {
  const options = body === undefined
    ? { headers: { accept: "application/json" } }
    : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  let answer;
  try {
    answer = await fetch(path, { ...options, credentials: "same-origin" });
  } catch {
    throw new Problem("The server cannot be reached. Is it running?");
  }
  if (!answer.ok) throw new Problem(await reason(answer), answer.status);
  const text = await answer.text();
  return text ? JSON.parse(text) : null;
}

/** What an answer that is not OK says about itself, or what its status means. */
export async function reason(answer) {
  let said;
  try {
    const body = await answer.json();
    const told = body.error ?? body.detail ?? body.message;
    said = typeof told === "string" ? told : told?.message;
  } catch {
    said = undefined;
  }
  return said ?? PLAIN[answer.status] ?? `The server answered ${answer.status}.`;
}

/** What keeps the server from taking a call, or "" when nothing does. */
export async function whyNotReady() {
  try {
    const answer = await fetch("/readyz");
    if (answer.ok) return "";
    const body = await answer.json().catch(() => ({}));
    const states = Object.entries(body.checks ?? body.dependencies ?? {});
    const failing = states.filter(([, state]) => !isFine(state)).map(([name]) => name);
    return `The server cannot take a call yet${failing.length ? `: ${failing.join(", ")} not ready` : ""}.`;
  } catch {
    return "The server cannot be reached. Is it running?";
  }
}

function isFine(state) {
  const word = typeof state === "object" && state !== null ? state.ok ?? state.state ?? state.status : state;
  return word === true || word === "ok" || word === "ready";
}

/**
 * Follow the events of one call from its first on; returns a function that stops.
 *
 * The browser reconnects by itself and sends Last-Event-ID; an event that comes twice is handed over once.
 */
export function follow(call, onEvent, onState = () => {}) {
  const source = new EventSource(`/events?call=${encodeURIComponent(call)}`);
  let last = 0;
  source.onopen = () => onState(true);
  source.onerror = () => onState(false);
  source.onmessage = (message) => {
    const event = JSON.parse(message.data);
    if (event.seq <= last) return;
    last = event.seq;
    onEvent(event);
  };
  return () => source.close();
}
