/* A token that was just made: it takes the focus, and a button copies it. Without script the field is marked by hand. */

const made = document.querySelector("[data-token-made]");
if (made) {
  const field = made.querySelector("[data-token]");
  const button = made.querySelector("[data-copy-token]");
  const told = made.querySelector("[data-copy-told]");

  field.addEventListener("focus", () => field.select());
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = button.dataset.done;
      told.textContent = button.dataset.done;
    } catch {
      // Browsers may forbid it, or know it over https alone; then the marked field is copied by the keys for it.
      field.focus();
    }
  });
  made.focus();
}
