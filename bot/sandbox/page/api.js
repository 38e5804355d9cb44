// The people's side of the sandbox: what a person does goes out, what she sees comes in.

/** A refusal or a broken line, as a sentence for the person at the phone. */
export class Failure extends Error {}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, { cache: "no-store", ...options });
  } catch {
    throw new Failure("Er is geen verbinding. Probeer het zo nog eens.");
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok || body.ok === false) throw new Failure(`Dat lukte niet. ${body.error ?? `(fout ${answer.status})`}`);
  return body;
}

const post = (path, body) =>
  ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

/** The people of the demo and the bot: {people, bot}. */
export const people = () => ask("/client/people");

/** Everything that is new, edited or deleted since `seq`. */
export const changes = (uid, seq) => ask(`/client/${uid}/messages?changes=${seq}`);

/** Says or does something as this person. `files` are {field: Blob}; they travel as a form, everything else as JSON. */
export function send(uid, fields, files = {}) {
  const names = Object.keys(files);
  if (!names.length) return post(`/client/${uid}/send`, fields);
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) form.append(name, typeof value === "object" ? JSON.stringify(value) : String(value));
  }
  for (const name of names) form.append(name, files[name], files[name].name ?? name);
  return ask(`/client/${uid}/send`, { method: "POST", body: form });
}

export const clock = () => ask("/client/clock");
export const move = (id) => post("/client/clock", { move: id });

/**
 * Follows one person: calls changed() whenever something may be new, at once after every (re)connect, and state(bool) when
 * the line breaks or comes back. Pauses between tries grow to five seconds. Returns a function that hangs up.
 */
export function follow(uid, changed, state) {
  let source = null;
  let timer = 0;
  let pause = 300;
  let stopped = false;
  const open = () => {
    source = new EventSource(`/client/${uid}/events`);
    source.addEventListener("open", () => { pause = 300; state(true); changed(); });
    source.addEventListener("changed", () => changed());
    source.addEventListener("error", () => {
      source.close();
      if (stopped) return;
      state(false);
      timer = setTimeout(open, pause);
      pause = Math.min(pause * 1.7, 5000);
    });
  };
  open();
  return () => { stopped = true; clearTimeout(timer); source.close(); };
}
