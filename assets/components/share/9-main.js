// Sharing a page by its address, which holds all its settings; and a picture's step, where one is stepped through.

const shares = new WeakMap();

export default function ({ data, parentElement }) {
  shares.get(parentElement)?.();
  parentElement.querySelector(".page-share")?.remove();
  const share = shareButton(data.words, () => window.unrolledLink?.() ?? location.href);
  const root = element("div", { class: "page-share", "data-theme": themeOf(parentElement) }, share.root);
  parentElement.append(root);
  const outside = (event) => event.composedPath().includes(share.root) || share.close();
  document.addEventListener("click", outside);
  const end = () => document.removeEventListener("click", outside);
  shares.set(parentElement, end);
  return end;
}
