// The scenario language: show the entries that contain every word that is typed.
document.addEventListener("DOMContentLoaded", () => {
  const box = document.getElementById("filter");
  if (!box) return;
  const entries = [...document.querySelectorAll("div.field-entry")];
  const texts = entries.map((entry) => entry.textContent.toLowerCase());
  const count = document.getElementById("filter-count");
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    entries.forEach((entry, k) => {
      entry.hidden = !words.every((word) => texts[k].includes(word));
      shown += !entry.hidden;
    });
    count.textContent = words.length ? `${shown} of ${entries.length} fields` : "";
  });
});
