// What Material leaves to the mouse, done for the keyboard: boxes that scroll, and the menu of a narrow window.

addEventListener("load", () => {
  const all = (selector) => document.querySelectorAll(selector);
  const stop = (one, really) => (really ? one.setAttribute("tabindex", "0") : one.removeAttribute("tabindex"));

  // A box is a stop of the Tab key only while it has something to scroll. Material makes those around tables itself.
  const tables = all("article .md-typeset__scrollwrap:not(.scrolls *)");
  for (const table of tables) {
    table.setAttribute("role", "group");
    table.setAttribute("aria-label", "table");
  }
  const boxes = new ResizeObserver((seen) => {
    for (const { target } of seen) stop(target, target.scrollWidth > target.clientWidth);
  });
  for (const box of [...tables, ...all(".scrolls, .katex-display, .pictures, .printed")]) boxes.observe(box);

  // Each block of code has a button; a landmark around every one of them would bury the others.
  for (const place of all(".md-code__nav")) place.setAttribute("role", "group");

  // The labels that open and shut the drawer and its parts; Material clicks a label on which Enter is pressed.
  const narrow = matchMedia("(max-width: 76.234375em)");
  const labels = all('.md-header [for="__drawer"], .md-nav--primary :is([for^="__nav"], [for="__toc"])');
  const reach = () => {
    for (const label of labels) {
      stop(label, narrow.matches);
      if (narrow.matches) label.setAttribute("role", "button");
      else label.removeAttribute("role");
    }
  };
  labels[0].setAttribute("aria-label", "Menu");
  narrow.addEventListener("change", reach);
  reach();
});
