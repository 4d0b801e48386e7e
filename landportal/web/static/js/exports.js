/* Picking sites for an export: a click on the map ticks the site, and the number of ticks is told. Without script the
   list alone does it. */

const picks = document.querySelector("[data-picks]");
if (picks) {
  const count = picks.querySelector("[data-picked-count]");
  const elsewhere = picks.querySelector("[data-picked-elsewhere]");
  const boxes = () => [...picks.querySelectorAll('input[name="number"]')];

  const tell = () => {
    const number = boxes().filter((box) => box.checked).length;
    const { none, one, many } = picks.dataset;
    count.textContent = number === 0 ? none : number === 1 ? one : many.replace("#", String(number));
  };

  const add = (number) => {
    const entry = document.createElement("li");
    entry.className = "check";
    const box = Object.assign(document.createElement("input"), { type: "checkbox", name: "number", value: number });
    box.id = `e-m-${number}`;
    const label = document.createElement("label");
    label.htmlFor = box.id;
    const words = document.createElement("span");
    words.className = "check-label";
    words.textContent = number;
    label.append(words);
    entry.append(box, label);
    elsewhere.append(entry);
    return box;
  };

  const toggle = (number) => {
    const box = boxes().find((one) => one.value === number) ?? add(number);
    box.checked = !box.checked;
    tell();
  };

  picks.addEventListener("change", tell);
  document.addEventListener("landportal:map-started", (event) => {
    event.detail.on("select", (number) => {
      if (number) toggle(number);
    });
  });
}
