// A question that somebody is answering in this browser stays on the page, whatever became of it meanwhile.
const keep = document.getElementById("keep");
const list = document.getElementById("list");

function busy(article) {
  const typed = [...article.querySelectorAll("textarea")].some((box) => box.value.trim());
  return Boolean(typed || article.querySelector("voice-recorder[busy]") || article.dataset.done);
}

function remember() {
  const numbers = [...list.querySelectorAll("article.question")].filter(busy).map((a) => a.dataset.question);
  keep.value = numbers.join(",");
}

if (keep && list) {
  for (const name of ["input", "recording", "recorded"]) list.addEventListener(name, remember);
  // a list that was asked for before she began to type does not know of it: it is not taken, and asked for anew
  list.addEventListener("htmx:before:swap", (event) => {
    const text = event.detail?.ctx?.text ?? "";
    const lost = [...list.querySelectorAll("article.question")].filter((a) => busy(a) && !text.includes(`id="${a.id}"`));
    if (event.detail?.ctx?.sourceElement !== list || !lost.length) return;
    event.preventDefault();
    remember();
    document.getElementById("live").dispatchEvent(new CustomEvent("changed"));
  });
  // how many are open also stands in the title, for who looks at another tab
  const count = () => {
    const open = document.getElementById("lists")?.dataset.open;
    const title = (open ? `(${open}) ` : "") + document.title.replace(/^\(\d+\) /, "");
    if (title !== document.title) document.title = title;
  };
  new MutationObserver(() => { remember(); count(); }).observe(list, { childList: true, subtree: true, attributeFilter: ["data-open"] });
  window.addEventListener("beforeunload", (event) => {
    const going = [...list.querySelectorAll("article.question:not([data-done])")].some(busy);
    if (going && !list.dataset.leaving) event.preventDefault();
  });
  // the page's own plain forms may leave: what they send is what was asked for
  list.addEventListener("submit", () => { list.dataset.leaving = "yes"; setTimeout(() => delete list.dataset.leaving, 3000); });
}
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
