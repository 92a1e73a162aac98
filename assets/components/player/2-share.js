// A link to exactly what is on screen: to be copied, typed from a projector, or scanned. The field shows it selected,
// since a clipboard needs HTTPS or localhost.

function shareButton(words, address) {
  const field = element("input", { type: "text", readonly: true, "aria-label": words.link, onfocus: () => field.select() });
  const note = element("span", { class: "note", role: "status" });
  const hall = element("div", { class: "hall", hidden: true });
  const close = () => (box.hidden = true);
  const large = element("a", { class: "large" }, words.present);
  const box = element("div", { class: "sharebox", hidden: true }, field, note, hall, large);
  const button = element("button", { type: "button", class: "share" }, words.shareButton);
  button.onclick = async () => {
    box.hidden = !box.hidden;
    if (box.hidden) return;
    field.value = address();
    field.focus();
    field.select();
    note.textContent = words.copyByHand;
    large.href = `${field.value}${field.value.includes("?") ? "&" : "?"}present=1`;
    forTheHall(hall, words, field.value);
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

// The same link, short, under the address by which others reach this server; with its QR code.
async function forTheHall(hall, words, link) {
  hall.hidden = true;
  const { pathname, search } = new URL(link);
  const answer = await fetch(new URL("go", document.baseURI), { method: "POST", body: pathname.split("/").pop() + search }).catch(() => undefined);
  if (!answer?.ok) return; // the long link is there
  const { id, host } = await answer.json();
  const here = new URL(location.origin);
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(here.hostname);
  if (isLocal && host) here.hostname = host;
  const picture = element("img", { src: `${location.origin}/go/${id}/qr?origin=${encodeURIComponent(here.origin)}`, alt: words.qrCode, width: 176, height: 176 });
  const note = isLocal && !host ? words.onlyHere : words.forTheHall;
  hall.replaceChildren(picture, element("div", {}, element("b", { class: "short" }, `${here.host}/go/${id}`), element("p", { class: "note" }, note)));
  hall.hidden = false;
}
