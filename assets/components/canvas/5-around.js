// What surrounds pictures on canvases: words beside the pointer, and the page's theme.

class Tooltip {
  constructor() {
    this.root = element("div", { class: "tooltip", hidden: true });
  }

  // lines: what each holds, nodes or texts; within: the element it is to stay in. No lines: nothing is told.
  tell(lines, event, within) {
    this.root.hidden = !lines?.length;
    if (this.root.hidden) return;
    this.root.replaceChildren(...lines.map((line) => element("div", {}, ...line)));
    const frame = within.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.root;
    const [x, y] = [event.clientX - frame.left, event.clientY - frame.top];
    const left = x + 16 + width < frame.width ? x + 16 : Math.max(0, x - 16 - width);
    this.root.style.transform = `translate(${left}px, ${Math.max(0, y - height - 12)}px)`;
  }
}

// The style sheet lets the background take a moment to change, which tells that the theme did.
function watchTheme(root, signal, onchange) {
  const hear = ({ target, propertyName }) => target === root && propertyName === "background-color" && onchange();
  root.addEventListener("transitionend", hear, { signal });
}
