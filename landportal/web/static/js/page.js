/* What every page does: the menus, and the way back to the last search. */

(() => {
  const button = document.querySelector("[data-menu]");
  const menu = document.getElementById("site-menu");

  const setMenu = (open) => {
    button.setAttribute("aria-expanded", String(open));
    menu.classList.toggle("is-open", open);
  };
  button.addEventListener("click", () => setMenu(button.getAttribute("aria-expanded") !== "true"));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.classList.contains("is-open")) {
      setMenu(false);
      button.focus();
    }
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#site-menu, [data-menu]")) setMenu(false);
  });

  // The menu of whoever is signed in closes like the other one.
  const person = document.querySelector("details[data-closes]");
  if (person) {
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && person.open) {
        person.open = false;
        person.querySelector("summary").focus();
      }
    });
    document.addEventListener("click", (event) => {
      if (!person.contains(event.target)) person.open = false;
    });
  }

  // A parcel's page leads back to the search it was found in, if this window made one in the same language.
  const back = document.querySelector("[data-back-to-search]");
  if (!back) return;
  try {
    const last = JSON.parse(sessionStorage.getItem("landportal:search") || "null");
    if (last && last.path === new URL(back.href).pathname) {
      back.href = last.path + last.query;
      back.textContent = last.headline;
    }
  } catch {
    // Storage may be forbidden or hold something else; the plain link stays.
  }
})();
