// A number that can be changed by hand: dragged sideways, or pressed and typed over. It is sent once, when it is let go.

const DRAG = { begins: 4, step: 0.01, fine: 0.001, most: 1000 };

function editable({ name, at, value, isEdited, words, onedit }) {
  if (!onedit) return element("span", {}, signed(value)); // a picture in which nothing can be changed
  const kind = `weight${isEdited ? " edited" : ""}`;
  const button = element("button", { type: "button", class: kind, title: words.edit }, signed(value));
  const send = (wanted) => {
    if (Number.isFinite(wanted) && wanted !== value) onedit(`${[name, ...at].join(".")}_${String(wanted).replace("+", "")}`);
  };
  const wasDragged = letDrag(button, value, send);
  button.onclick = (event) => {
    if (event.detail && wasDragged()) return; // the click that ends a drag; one by key has no detail
    const field = fieldFor(value, words, (wanted, byKey) => {
      field.replaceWith(button);
      if (byKey) button.focus();
      send(wanted);
    });
    button.replaceWith(field);
    field.focus();
    field.select();
  };
  return button;
}

// The field that stands in the button's place: Enter or leaving it gives the number typed, Escape the old one.
function fieldFor(value, words, give) {
  const field = element("input", { type: "text", inputmode: "decimal", value, class: "weight", "aria-label": words.edit });
  const read = () => (field.value.trim() ? Number(field.value.trim().replace(MINUS, "-").replace(",", ".")) : value);
  const leave = (wanted, byKey) => {
    field.onblur = null; // taking it away is leaving it once more
    give(wanted, byKey);
  };
  field.onblur = () => leave(read());
  field.onkeydown = (event) => {
    event.stopPropagation();
    if (event.key === "Enter" && Number.isNaN(read())) field.setAttribute("aria-invalid", "true"); // stays, to be mended
    else if (event.key === "Enter") leave(read(), true);
    if (event.key === "Escape") leave(value, true);
  };
  return field;
}

// A hundredth for every pixel, with Shift a thousandth. Escape gives up. Returns whether the last press was a drag.
function letDrag(button, value, send) {
  let at; // where the pointer was last, while it is held
  let exact, shown, dragged;
  const wait = (isStale) => button.closest(".products")?.classList.toggle("stale", isStale); // its products: of before
  const end = (wanted) => {
    if (at === undefined) return;
    at = undefined;
    if (!dragged) return;
    button.textContent = signed(wanted);
    if (wanted === value) wait(false);
    send(wanted);
  };
  button.onpointerdown = (event) => {
    if (event.button !== 0) return;
    [at, exact, shown, dragged] = [event.clientX, value, value, false];
    button.setPointerCapture(event.pointerId);
    button.focus(); // not every browser does, and then none would hear Escape
  };
  button.onpointermove = ({ clientX, shiftKey }) => {
    if (at === undefined || (!dragged && Math.abs(clientX - at) < DRAG.begins)) return;
    dragged = true;
    const step = shiftKey ? DRAG.fine : DRAG.step;
    exact = Math.max(-DRAG.most, Math.min(DRAG.most, exact + step * (clientX - at)));
    at = clientX;
    shown = Number((Math.round(exact / step) * step).toFixed(3));
    button.textContent = signed(shown);
    wait(true);
  };
  button.onpointerup = () => end(shown);
  button.onpointercancel = () => end(value);
  button.onkeydown = (event) => {
    if (event.key !== "Escape" || at === undefined) return;
    event.stopPropagation();
    end(value);
  };
  return () => dragged;
}
