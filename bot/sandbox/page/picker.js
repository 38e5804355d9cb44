// Whose phone this is: the people of the demo, with a dot at those who got something new.
import { el, icon } from "./dom.js";
import { dialog, popup } from "./popup.js";
import { about } from "./words.js";

const face = (person) => el("span", { class: "face", "aria-hidden": "true", text: person.avatar || (person.first_name || "?").charAt(0).toUpperCase() });

export class Picker {
  constructor({ people, unread, pick, add }) {
    this.people = people;
    this.unread = unread;
    this.pick = pick;
    this.add = add;
    this.name = el("strong", { dir: "auto" });
    this.words = el("span", { class: "owner-about" });
    this.face = el("span", { class: "face", "aria-hidden": "true" });
    this.dot = el("i", { class: "dot", hidden: true });
    this.button = el("button", { type: "button", class: "owner", "aria-haspopup": "menu", "aria-expanded": "false", "data-testid": "picker", onclick: () => this.#open() },
      this.face, el("span", { class: "owner-words" }, this.name, this.words), this.dot, icon("down"));
    this.root = el("div", { class: "owner-row" }, this.button);
  }

  show(person) {
    this.person = person;
    this.face.textContent = face(person).textContent;
    this.name.textContent = person.first_name;
    this.words.textContent = about(person) || "nieuw";
    this.button.setAttribute("aria-label", `Telefoon van ${person.first_name}. Kies iemand anders.`);
  }

  /** Whether anybody whom no phone shows has something new. */
  mark(others) { this.dot.hidden = !others; }

  #open() {
    const items = this.people().map((person) => this.#item(person));
    const fresh = el("button", { type: "button", role: "menuitem", class: "person person-new", onclick: () => { close(); this.#ask(); } },
      el("span", { class: "face" }, icon("person")), el("span", { class: "owner-words" }, el("strong", { text: "Nieuw iemand…" }), el("span", { text: "Kies zelf een naam en een taal" })));
    const list = el("div", { class: "menu people", role: "menu", "aria-label": "Wie houdt deze telefoon vast?" }, ...items, fresh);
    const close = popup(this.root, list, this.button);
    this.close = close;
  }

  #item(person) {
    const here = person.id === this.person?.id;
    return el("button", { type: "button", role: "menuitemradio", "aria-checked": String(here), class: "person", "data-testid": `person-${person.id}`, onclick: () => { this.close(); this.pick(person); } },
      face(person),
      el("span", { class: "owner-words" }, el("strong", { dir: "auto", text: person.first_name }), el("span", { text: about(person) }), person.note && el("em", { text: person.note })),
      this.unread(person.id) && !here ? el("i", { class: "dot", role: "img", "aria-label": "nieuw bericht" }) : here && icon("check"));
  }

  #ask() {
    const name = el("input", { id: "new-name", maxlength: "40", required: true, autocomplete: "off", autofocus: true });
    const code = el("select", { id: "new-lang" }, ...["nl", "fr", "en", "ar", "tr", "uk", "ti", "am", "so", "es", "pl", "ro"].map((one) => el("option", { value: one, text: about({ language_code: one }) })));
    const form = el("form", { class: "ask", onsubmit: (event) => { event.preventDefault(); box.close(); this.add(name.value.trim(), code.value); } },
      el("h2", { text: "Nieuw iemand" }), el("label", { for: "new-name", text: "Voornaam (verzonnen)" }), name,
      el("label", { for: "new-lang", text: "Taal van de telefoon" }), code, el("button", { class: "wide", text: "Geef deze telefoon" }));
    const box = dialog("Nieuw iemand", "small", form);
  }
}
