// The page: which phones lie on the table, who holds them, and who has something new.
import * as api from "./api.js";
import { ClockBar } from "./clock.js";
import { Phone } from "./device.js";
import { el } from "./dom.js";

const SMALL = window.matchMedia("(max-width: 700px)");
const STORE = "stapsteen.phone";
const AVATARS = ["🌻", "🍀", "🦋", "🐞", "🌙", "🍊"];

const wanted = new URLSearchParams(location.search);
const table = document.getElementById("phones");
const memory = { people: [], held: {}, seen: {}, flags: {}, ...read() };
const everybody = [];
let botName = "Stapsteen";
let news = new Set();
const phones = [];

function read() {
  try { return JSON.parse(localStorage.getItem(STORE)) ?? {}; } catch { return {}; }
}

function keep() {
  try { localStorage.setItem(STORE, JSON.stringify(memory)); } catch { /* a private window forgets */ }
}

const isMother = (person) => ["", "mother", "mama", "moeder"].includes(person.role ?? "");
const byId = (id) => everybody.find((person) => String(person.id) === String(id));
const onTable = () => phones.filter((phone) => !phone.root.hidden);

/** What a phone asks of the page around it. */
const house = {
  people: () => everybody.slice(0, 60),
  botName: () => botName,
  isMother,
  unread: (id) => news.has(id),
  give(phone, person) {
    const other = phones.find((one) => one !== phone && one.person?.id === person.id);
    if (other && !other.root.hidden) other.hold(phone.person);
    phone.hold(person);
    for (const one of phones) if (one.person) memory.held[one.side] = one.person.id;
    keep();
    look();
  },
  enrol(phone, first_name, language_code) {
    const id = 700000 + Math.floor(Math.random() * 299999);
    const person = { id, first_name, language_code, role: "", custom: true, avatar: AVATARS[id % AVATARS.length], start: invitation(language_code) };
    memory.people.push(person);
    everybody.push(person);
    house.give(phone, person);
  },
  read(id, seq) {
    if (memory.seen[id] === seq) return;
    memory.seen[id] = seq;
    keep();
  },
  flag(id, name, value) {
    if (value === undefined) return memory.flags[id]?.[name] ?? false;
    memory.flags[id] = { ...memory.flags[id], [name]: value };
    keep();
    return value;
  },
};

/** The link a new mother gets: that of her language, else the one that names none (the last). */
function invitation(code) {
  const invited = everybody.filter((person) => isMother(person) && person.start);
  return (invited.find((person) => person.language_code === code) ?? invited.at(-1))?.start ?? "";
}

/** Takes in who there is now: new people join the list, and what is known of the others may have changed. */
function know({ people, bot }) {
  botName = bot?.first_name ?? botName;
  for (const person of [...people, ...memory.people]) {
    const known = byId(person.id);
    if (known) Object.assign(known, person);
    else everybody.push({ ...person });
  }
}

/** Who, of the people without a phone on the table, has messages that nobody has seen. */
async function look() {
  know(await api.people().catch(() => ({ people: [] })));
  const shown = new Set(onTable().map((phone) => phone.person?.id));
  const fresh = new Set();
  await Promise.all(everybody.filter((person) => !shown.has(person.id) && (person.role || person.custom)).map(async ({ id }) => {
    const got = await api.changes(id, memory.seen[id] ?? 0).catch(() => null);
    if (got && got.seq < (memory.seen[id] ?? 0)) house.read(id, 0);
    if (got?.messages.some((one) => one.from === "bot" && !one.deleted)) fresh.add(id);
  }));
  news = fresh;
  for (const phone of phones) phone.picker.mark(news.size > 0);
}

/** The person for a side: what the address says, who held it last, then a fitting one of the demo. */
function choose(side, taken) {
  const fitting = everybody.filter((person) => isMother(person) === (side === "left"));
  const order = [byId(wanted.get("only")), byId(wanted.get(side)), byId(memory.held[side]), ...fitting, ...everybody];
  return order.find((person) => person && !taken.has(person.id)) ?? everybody[0];
}

function strangers() {
  for (const name of ["only", "left", "right"]) {
    const id = Number(wanted.get(name));
    if (Number.isInteger(id) && id > 0 && !byId(id)) everybody.push({ id, first_name: `Persoon ${id}`, language_code: "nl", role: "", avatar: "", custom: true, start: "" });
  }
}

function lay(side) {
  const phone = new Phone(house, side);
  phones.push(phone);
  table.append(phone.root);
  phone.hold(choose(side, new Set(phones.map((one) => one.person?.id))));
}

/** On a small screen one phone lies on the table, on a wide one two. */
function arrange() {
  const one = SMALL.matches || wanted.has("only");
  if (!phones.length) lay("left");
  if (!one && phones.length < 2 && everybody.length > 1) lay("right");
  if (phones[1]) {
    phones[1].root.hidden = one;
    if (one) phones[1].talk.stop();
    else if (phones[1].stopped) phones[1].hold(phones[1].person);
    phones[1].stopped = one;
  }
  document.body.classList.toggle("single", one);
  look();
}

async function begin() {
  try {
    know(await api.people());
  } catch {
    table.replaceChildren(el("p", { class: "plain", role: "status", text: "Geen verbinding, ik probeer opnieuw…" }));
    setTimeout(begin, 1500);
    return;
  }
  strangers();
  if (!everybody.length) everybody.push({ id: 700001, first_name: "Nieuw", language_code: "nl", role: "", avatar: "🌻", custom: true, start: "" });
  table.replaceChildren();
  arrange();
  SMALL.addEventListener("change", arrange);
  const clock = new ClockBar(document.getElementById("clock"), (now, moved) => {
    for (const phone of phones) { phone.tick(now); if (moved) phone.talk.refresh(); }
  });
  clock.fetch();
  setInterval(look, 4000);
}

begin();
