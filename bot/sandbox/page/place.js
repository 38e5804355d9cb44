// A place as a little map, drawn here: no tiles are fetched, so the streets are only a picture.
import { dice, el, icon, svg } from "./dom.js";

const WIDE = 300;
const HIGH = 132;

function street(x1, y1, x2, y2, wide, colour) {
  return svg("line", { x1, y1, x2, y2, stroke: colour, "stroke-width": wide, "stroke-linecap": "round" });
}

function streets(roll) {
  const lines = [];
  const tilt = roll() * 60 - 30;
  for (let x = -40 + roll() * 30; x < WIDE + 60; x += 38 + roll() * 34) lines.push([x, -10, x + tilt, HIGH + 10, 5 + roll() * 3]);
  for (let y = 8 + roll() * 18; y < HIGH + 10; y += 28 + roll() * 24) lines.push([-10, y, WIDE + 10, y - tilt / 3, 5 + roll() * 3]);
  return lines;
}

/** Streets, a park, water and an avenue; the same coordinates always give the same picture. */
function map(latitude, longitude) {
  const roll = dice(`${latitude},${longitude}`);
  const lines = streets(roll);
  const park = [roll() * 180, 20 + roll() * 50];
  const bank = roll() * HIGH;
  const tall = 92 + roll() * 30;
  return svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, class: "map-drawing", preserveAspectRatio: "xMidYMid slice", "aria-hidden": "true" },
    svg("rect", { width: WIDE, height: HIGH, fill: "#ece9e0" }),
    svg("rect", { x: park[0], y: park[1], width: 84, height: 52, rx: 12, fill: "#cfe6c4", transform: `rotate(${roll() * 16 - 8} ${park[0]} ${park[1]})` }),
    svg("path", { d: `M-10 ${bank} C 90 ${bank - 50} 170 ${bank + 60} ${WIDE + 10} ${bank - 20}`, fill: "none", stroke: "#b9dcec", "stroke-width": 17 }),
    ...lines.map(([x1, y1, x2, y2, wide]) => street(x1, y1, x2, y2, wide + 2, "#d9d4c5")),
    ...lines.map(([x1, y1, x2, y2, wide]) => street(x1, y1, x2, y2, wide, "#ffffff")),
    street(-10, tall, WIDE + 10, tall - 60, 11, "#eccf8f"), street(-10, tall, WIDE + 10, tall - 60, 8, "#fbe6b4"),
    svg("ellipse", { cx: WIDE / 2, cy: 93, rx: 13, ry: 4, fill: "#000", opacity: ".2" }),
    svg("path", { d: "M150 93c-12-17-21-27-21-38a21 21 0 0 1 42 0c0 11-9 21-21 38z", fill: "#d8452f", stroke: "#fff", "stroke-width": "2.5" }),
    svg("circle", { cx: 150, cy: 55, r: 8, fill: "#fff" }));
}

/** A pin on a map with its name, its address and a link to a real map (which only opens when somebody taps it). */
export function place({ latitude, longitude, title, address }) {
  const away = `https://www.openstreetmap.org/?mlat=${encodeURIComponent(latitude)}&mlon=${encodeURIComponent(longitude)}#map=17/${encodeURIComponent(latitude)}/${encodeURIComponent(longitude)}`;
  return el("div", { class: "place", "data-testid": "place" }, el("div", { class: "map" }, map(latitude, longitude)),
    el("div", { class: "place-words" },
      el("strong", { dir: "auto", text: title || "Plaats op de kaart" }),
      address && el("span", { dir: "auto", text: address }),
      el("a", { href: away, target: "_blank", rel: "noopener noreferrer" }, "Open in kaart", icon("out"))));
}

/** Squares that look like the code on a poster. It is only a picture: the button beside it does what scanning does. */
export function poster(payload) {
  const roll = dice(payload);
  const size = 21;
  const corner = (x, y) => [[0, 0], [14, 0], [0, 14]].some(([cx, cy]) => x >= cx - 1 && x <= cx + 7 && y >= cy - 1 && y <= cy + 7);
  const dots = [];
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) if (roll() < 0.48 && !corner(x, y)) dots.push(svg("rect", { x, y, width: 1.02, height: 1.02 }));
  }
  const eyes = [[0, 0], [14, 0], [0, 14]].flatMap(([x, y]) => [
    svg("rect", { x: x + 0.5, y: y + 0.5, width: 6, height: 6, rx: 1.4, fill: "none", stroke: "currentColor" }),
    svg("rect", { x: x + 2, y: y + 2, width: 3, height: 3, rx: 0.7 })]);
  return svg("svg", { viewBox: "-1 -1 23 23", class: "poster", fill: "currentColor", "aria-hidden": "true" }, ...dots, ...eyes);
}
