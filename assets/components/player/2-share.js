// A link to exactly what is on screen. The field shows it selected, since a clipboard needs HTTPS or localhost.

function shareButton(words, address) {
  const field = element("input", { type: "text", readonly: true, "aria-label": words.link, onfocus: () => field.select() });
  const note = element("span", { class: "note", role: "status" });
  const close = () => (box.hidden = true);
  const box = element("div", { class: "sharebox", hidden: true }, field, note);
  const button = element("button", { type: "button", class: "share" }, words.shareButton);
  button.onclick = async () => {
    box.hidden = !box.hidden;
    if (box.hidden) return;
    field.value = address();
    field.focus();
    field.select();
    note.textContent = words.copyByHand;
    try {
      await navigator.clipboard.writeText(field.value);
      note.textContent = words.copied;
    } catch {
      // The field is there for this.
    }
  };
  const root = element("div", { class: "sharing" }, button, box);
  root.onkeydown = (event) => {
    if (event.key !== "Escape") return; // what a handler returns may cancel a key
    close();
    button.focus();
  };
  return { root, close };
}
