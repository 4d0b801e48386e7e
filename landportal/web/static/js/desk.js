/* The desk while script runs: choosing many, the status panel beside the list, the question before withdrawing, the
   preview, messages, keys. Everything here has a page of its own that works without. */

const PART = "X-Requested-Part";

/* Messages go after eight seconds, unless somebody points at them or is in them. */
for (const toast of document.querySelectorAll("[data-toast]")) {
  const close = toast.querySelector("[data-close-toast]");
  let timer = 0;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => toast.remove(), 8_000);
  };
  const stay = () => clearTimeout(timer);
  close.hidden = false;
  close.addEventListener("click", () => toast.remove());
  for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, stay);
  for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, wait);
  if (!toast.classList.contains("is-warning")) wait();
}

document.querySelector("[data-error-summary]")?.focus();

/* Choosing many */

const chosen = document.querySelector("[data-chosen-form]");
if (chosen) {
  const boxes = [...chosen.querySelectorAll('tbody input[name="parcel"]')];
  const all = chosen.querySelector("[data-choose-all]");
  const count = chosen.querySelector("[data-chosen-count]");
  let last = null;

  const told = () => {
    const number = boxes.filter((box) => box.checked).length;
    const words = number === 0 ? count.dataset.none : number === 1 ? count.dataset.one : count.dataset.many;
    count.textContent = words.replace("#", String(number));
    all.checked = number === boxes.length;
    all.indeterminate = number > 0 && number < boxes.length;
    for (const box of boxes) box.closest("tr").classList.toggle("is-chosen", box.checked);
  };
  if (all && count) {
    all.hidden = false;
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
      told();
    });
    // With the shift key the rows between two ticks are ticked too.
    chosen.addEventListener("click", (event) => {
      const box = event.target.closest?.('input[name="parcel"]');
      if (!box) return;
      if (event.shiftKey && last) {
        const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
        for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
      }
      last = box;
      told();
    });
    told();
  }
}

/* The status panel */

const panel = document.getElementById("panel");
const wide = matchMedia("(min-width: 1181px)");
let openedBy = null;

document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[data-panel]");
  if (!link || !panel || !wide.matches || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const answer = await fetch(link.href, { headers: { [PART]: "panel" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) {
    location.assign(link.href);
    return;
  }
  showPanel(await answer.text(), link);
});

function showPanel(html, link) {
  closePanel();
  const parsed = new DOMParser().parseFromString(html, "text/html");
  panel.append(...parsed.body.children);
  panel.classList.add("is-loaded");
  openedBy = link;
  link.closest("tr")?.classList.add("is-open");
  watchStatusForms(panel);
  const title = panel.querySelector("[data-loaded-panel] #panel-title");
  title?.focus();
}

function closePanel() {
  if (!panel?.classList.contains("is-loaded")) return;
  for (const loaded of panel.querySelectorAll("[data-loaded-panel]")) loaded.remove();
  panel.classList.remove("is-loaded");
  document.querySelector("tr.is-open")?.classList.remove("is-open");
  openedBy?.focus();
  openedBy = null;
}

panel?.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-close-panel]")) return;
  event.preventDefault();
  closePanel();
});
panel?.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !panel.querySelector("dialog[open]")) closePanel();
});

/* The question before withdrawing */

function watchStatusForms(root) {
  for (const form of root.querySelectorAll("[data-status-form]")) {
    const dialog = form.parentElement.querySelector("[data-withdraw-dialog]");
    if (!dialog) continue;
    form.addEventListener("submit", (event) => {
      if (form.elements.status?.value !== "withdrawn" || form.elements.sure || !form.elements.reason.value.trim()) return;
      event.preventDefault();
      dialog.showModal();
    });
    dialog.querySelector("[data-keep]").addEventListener("click", () => dialog.close());
    dialog.querySelector("[data-withdraw]").addEventListener("click", () => {
      const sure = Object.assign(document.createElement("input"), { type: "hidden", name: "sure", value: "1" });
      form.append(sure);
      dialog.close();
      form.requestSubmit();
    });
  }
}
watchStatusForms(document);

/* The preview beside the form */

const edit = document.querySelector("[data-edit-form]");
if (edit) {
  let typing = 0;
  let running = null;
  const shown = () => document.querySelector(".preview-panel");

  const refresh = async () => {
    running?.abort();
    running = new AbortController();
    const data = new FormData(edit);
    data.set("do", "preview");
    const request = { method: "POST", body: data, headers: { [PART]: "preview" }, signal: running.signal };
    const answer = await fetch(edit.action, request).catch(() => null);
    if (!answer?.ok) return;
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = parsed.querySelector(".preview-panel");
    if (fresh) shown()?.replaceWith(fresh);
  };
  edit.addEventListener("input", () => {
    if (!shown()) return;
    clearTimeout(typing);
    typing = setTimeout(refresh, 450);
  });

  /* Whoever leaves with something typed is asked by the browser. */
  let touched = false;
  edit.addEventListener("input", () => { touched = true; });
  edit.addEventListener("submit", () => { touched = false; });
  addEventListener("beforeunload", (event) => {
    if (touched) event.preventDefault();
  });
}

/* Keys of the list: `/` search, arrows from row to row, `x` ticks, `s` status, `m` shows on the map. Single characters
   act only inside the list. */

const list = document.querySelector(".desk-parcels");
list?.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const field = event.target.closest("input:not([type='checkbox']), select, textarea");
  if (field) return;
  if (event.key === "/") {
    event.preventDefault();
    document.getElementById("f-q").focus();
    return;
  }
  const row = event.target.closest("tbody tr");
  if (!row) return;
  const move = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
  if (move) {
    event.preventDefault();
    move.querySelector("th a").focus();
  } else if (event.key === "x") row.querySelector('input[name="parcel"]')?.click();
  else if (event.key === "s") row.querySelector("[data-panel]")?.click();
  else if (event.key === "m") row.querySelector("[data-show-on-map]")?.click();
});
