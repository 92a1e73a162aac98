// Tells the browser the page's language, and remembers it for the next visit. Hands clicks on links that lead within
// the app to Python, which changes the page in place; a click that asks for a new tab (middle button, Ctrl, Shift)
// stays the browser's. Where the address says present=1 the page is shown to a hall.

export default function ({ data, setTriggerValue }) {
  document.documentElement.lang = data.language.replace("_", "-");
  document.cookie = `language=${data.language}; path=/; max-age=31536000; SameSite=Lax`;

  const take = (event) => {
    const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
    const href = link?.getAttribute("href") ?? "";
    if (!/^\w*\?/.test(href) || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!link.closest(`[data-testid="stMarkdown"], .in-app`)) return;
    event.preventDefault();
    event.stopPropagation();
    setTriggerValue("followed", href);
    document.querySelector(`[data-testid="stMain"]`)?.scrollTo(0, 0);  // what the link sets begins up there
  };
  const life = new AbortController();
  document.addEventListener("click", take, { capture: true, signal: life.signal });
  if (data.present) present(life);
  return () => life.abort();
}
