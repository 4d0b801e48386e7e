/* The search page while script runs: a changed filter replaces list, counts and chips; Back works; keys in the list.

   The form and its address are the truth: this module fetches the very same address and puts the parts of the answer
   in place. The map is told by the event "landportal:results". */

const form = document.getElementById("search-form");
const page = document.querySelector(".search-page");
const panel = document.getElementById("filters-panel");
const filters = document.getElementById("filters");
const results = document.getElementById("results-region");
const announcement = document.getElementById("announcement");
const placeholders = document.getElementById("placeholder-template");
const wide = matchMedia("(min-width: 1181px)");

const PLACEHOLDERS_AFTER_MS = 300;
const TYPING_PAUSE_MS = 450;

const TYPED = 'input:not([type="checkbox"], [type="date"])';

let running = null;
let typing = 0;
let typedIn = null;
let searched = location.search;

/* Addresses */

function address() {
  const data = new FormData(form);
  const query = new URLSearchParams();
  for (const [name, value] of data) {
    if (String(value).trim()) query.append(name, String(value).trim());
  }
  // The default need not be said.
  const statuses = query.getAll("status");
  if (statuses.length === 1 && statuses[0] === "available") query.delete("status");
  // One side of a hall is no question yet: the other one is still to be typed.
  if (query.getAll("fits").length === 1 && !/x/i.test(query.get("fits"))) query.delete("fits");
  const text = query.toString().replaceAll("%2C", ",");
  return form.action.split("?")[0] + (text ? `?${text}` : "");
}

/* Fetching and placing */

/* What is typed into one field is one step of the history, however often the typist pauses. */
function showTyped(field) {
  const entry = typedIn === field ? "replace" : "push";
  show(address(), { entry });
  typedIn = field;
}

/* `entry` says what becomes of the history: a new entry, the present one again, or nothing (Back was pressed). */
async function show(url, { entry = "push", fields = false } = {}) {
  clearTimeout(typing);
  typedIn = null;
  running?.abort();
  const controller = new AbortController();
  running = controller;
  const waiting = setTimeout(showPlaceholders, PLACEHOLDERS_AFTER_MS);
  results.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { headers: { "X-Requested-Part": "results" }, signal: controller.signal });
    const parts = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!parts.querySelector('[data-part="state"]')) throw new Error("no parts");
    const state = JSON.parse(parts.querySelector('[data-part="state"]').textContent);
    enter(new URL(state.valid ? state.address : url, location.href), entry);
    place(parts, state, fields);
    results.scrollTop = 0;
  } catch (error) {
    if (error.name === "AbortError") return;
    // The plain page tells what is wrong, in the visitor's language.
    location.assign(url);
  } finally {
    clearTimeout(waiting);
    if (running === controller) {
      running = null;
      results.removeAttribute("aria-busy");
    }
  }
}

function enter(url, entry) {
  // The map keeps its position behind the # of the address; that alone is no new page.
  const { pathname, search } = url;
  if (entry === "none" || pathname + search === location.pathname + location.search) return;
  if (entry === "replace") history.replaceState(null, "", url);
  else history.pushState(null, "", url);
}

function place(parts, state, fields) {
  const focus = rememberFocus();
  replace(parts, "chips-part");
  replace(parts, "results-part");
  const wrong = !state.valid || panel.querySelector('[aria-invalid="true"], .notice-danger');
  if (fields || wrong) replacePanel(parts);
  else copyCounts(parts.querySelector('[data-part="filters-panel"]'));
  if (fields) copySearchField();
  document.title = state.title;
  document.getElementById("filters-count").textContent = state.conditions || "";
  document.getElementById("download").href = state.download;
  updateSwitch();
  updateLanguageLinks();
  restoreFocus(focus);
  announcement.textContent = state.headline;
  remember(state.headline);
  searched = location.search;
  tellMap(state);
}

function replace(parts, name) {
  const fresh = parts.querySelector(`[data-part="${name}"]`);
  document.getElementById(name).replaceChildren(...document.adoptNode(fresh).childNodes);
}

function replacePanel(parts) {
  const open = new Map([...panel.querySelectorAll("[data-group]")].map((group) => [group.dataset.group, group.open]));
  const scrolled = panel.scrollTop;
  replace(parts, "filters-panel");
  for (const group of panel.querySelectorAll("[data-group]")) {
    if (open.get(group.dataset.group)) group.open = true;
  }
  panel.scrollTop = scrolled;
}

function copyCounts(fresh) {
  for (const key of ["count", "chosen"]) {
    for (const target of panel.querySelectorAll(`[data-${key}]`)) {
      const source = fresh.querySelector(`[data-${key}="${CSS.escape(target.dataset[key])}"]`);
      if (source) target.textContent = source.textContent;
    }
  }
  // What follows from the conditions: the histogram, and links that carry them along.
  for (const target of panel.querySelectorAll("[data-fresh]")) {
    const source = fresh.querySelector(`[data-fresh="${target.dataset.fresh}"]`);
    if (source) target.replaceChildren(...document.adoptNode(source).childNodes);
  }
}

function copySearchField() {
  form.elements.q.value = new URL(location.href).searchParams.get("q") || "";
}

function showPlaceholders() {
  const list = document.getElementById("results") || results.querySelector(".empty");
  list?.replaceWith(placeholders.content.cloneNode(true));
}

/* Focus stays where it was: by id, else at the same place of the list. */

function rememberFocus() {
  const active = document.activeElement;
  if (!active || active === document.body) return null;
  return {
    id: active.id,
    value: active.matches("input:not([type=checkbox])") ? active.value : null,
    selection: active.selectionStart ?? null,
    inResults: results.contains(active) || document.getElementById("chips-part").contains(active),
  };
}

function restoreFocus(focus) {
  if (!focus || document.activeElement !== document.body) return;
  const again = focus.id && document.getElementById(focus.id);
  if (again) {
    again.focus({ preventScroll: true });
    if (focus.value !== null) again.value = focus.value;
    if (focus.selection !== null && again.setSelectionRange && again.type !== "date") {
      again.setSelectionRange(focus.selection, focus.selection);
    }
  } else if (focus.inResults) {
    results.focus({ preventScroll: true });
  }
}

/* What others need to know */

function tellMap(state) {
  document.dispatchEvent(
    new CustomEvent("landportal:results", { detail: { query: state.query, bounds: state.bounds } }),
  );
}

function remember(headline) {
  const last = { path: location.pathname, query: location.search, headline };
  try {
    sessionStorage.setItem("landportal:search", JSON.stringify(last));
  } catch {
    // Without storage the way back is the plain search.
  }
}

function updateLanguageLinks() {
  for (const link of document.querySelectorAll(".language-switch a")) {
    link.href = `/${link.hreflang}${location.pathname.slice(3)}${location.search}`;
  }
}

/* List or map on a phone */

function setView(view) {
  page.dataset.view = view;
  updateSwitch();
  window.dispatchEvent(new Event("resize"));
}

function updateSwitch() {
  for (const button of document.querySelectorAll("[data-view-switch]")) {
    button.setAttribute("aria-pressed", String(button.dataset.viewSwitch === page.dataset.view));
  }
}

/* Keys: only inside list or map */

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  const inList = results.contains(event.target);
  const inMap = Boolean(event.target.closest("#map-region"));
  if (event.key === "/" && (inList || inMap)) {
    event.preventDefault();
    form.elements.q.focus();
  } else if (inList && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    step(event, event.key === "ArrowDown" ? 1 : -1);
  } else if (inList && event.key === "m") {
    event.target.closest(".card")?.querySelector("[data-show-on-map]")?.click();
  }
}

function step(event, by) {
  const links = [...results.querySelectorAll(".card-title a")];
  if (!links.length) return;
  const card = event.target.closest(".card");
  const at = links.findIndex((link) => card?.contains(link));
  const next = at < 0 ? links[0] : links[Math.min(links.length - 1, Math.max(0, at + by))];
  event.preventDefault();
  next.focus();
  next.closest(".card").scrollIntoView({ block: "nearest" });
}

/* Wiring */

form.addEventListener("submit", (event) => {
  event.preventDefault();
  show(address());
  if (!wide.matches) filters.open = false;
});

form.addEventListener("change", (event) => {
  if (!event.target.matches(TYPED)) show(address());
});

form.addEventListener("input", (event) => {
  if (event.target.type === "range") event.target.previousElementSibling.value = event.target.value;
  if (!event.target.matches(TYPED)) return;
  clearTimeout(typing);
  typing = setTimeout(() => showTyped(event.target.id), TYPING_PAUSE_MS);
});

// The order stands in the list's head, outside the form element that owns it.
results.addEventListener("change", (event) => {
  if (event.target.name === "sort") show(address());
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-live]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    show(link.href, { fields: true });
    return;
  }
  const button = event.target.closest("[data-view-switch]");
  if (button) setView(button.dataset.viewSwitch);
  if (event.target.closest("[data-show-on-map]")) setView("map");
  if (filters.open && !wide.matches && !event.target.closest("#filters")) filters.open = false;
});

document.addEventListener("keydown", onKey);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && filters.open && !wide.matches && filters.contains(event.target)) {
    filters.open = false;
    filters.querySelector("summary").focus();
  }
});

// A skip link or the map moves only the hash, which is a step of the history too, but no other search.
window.addEventListener("popstate", () => {
  if (location.search !== searched) show(location.href, { entry: "none", fields: true });
});

function fitFilters() {
  filters.open = wide.matches;
}
wide.addEventListener("change", fitFilters);
fitFilters();

document.documentElement.classList.add("is-live");
remember(document.getElementById("results-headline").textContent);
