// What Material leaves to the mouse, done for the keyboard: boxes that scroll, and the menu of a narrow window.

addEventListener("load", () => {
  const all = (selector) => document.querySelectorAll(selector);
  const stop = (one, really) => (really ? one.setAttribute("tabindex", "0") : one.removeAttribute("tabindex"));

  // A box is a stop of the Tab key unless it has nothing to scroll; what is far from the screen has no size yet.
  const laidOut = (box) => (box.firstElementChild ?? box).checkVisibility({ contentVisibilityAuto: true });
  const boxes = new ResizeObserver((seen) => {
    for (const { target } of seen) stop(target, !laidOut(target) || target.scrollWidth > target.clientWidth);
  });
  const tables = all("article .md-typeset__scrollwrap:not(.scrolls *)"); // Material makes these itself.
  for (const table of tables) {
    table.setAttribute("role", "group");
    table.setAttribute("aria-label", "table");
  }
  for (const box of [...tables, ...all("article :is(.scrolls, .katex-display, .pictures, .printed, pre > code)")]) {
    stop(box, true);
    boxes.observe(box);
  }

  // Each block of code gets a button; a landmark around every one of them would bury the others.
  const unmark = () => all(".md-code__nav:not([role])").forEach((place) => place.setAttribute("role", "none"));
  const buttons = new MutationObserver(unmark);
  for (const code of all("article pre")) buttons.observe(code, { childList: true });
  unmark();

  // The labels that open and shut the drawer and its parts; Material clicks a label on which Enter is pressed.
  const narrow = matchMedia("(max-width: 76.234375em)");
  const labels = all('.md-header [for="__drawer"], .md-nav--primary :is([for^="__nav"], [for="__toc"])');
  const reach = () => {
    for (const label of labels) {
      stop(label, narrow.matches);
      if (narrow.matches) label.setAttribute("role", "button");
      else label.removeAttribute("role");
    }
    // What is the label of a control may not be a button: in a narrow window this one only presses it.
    if (narrow.matches) menu.removeAttribute("for");
    else menu.htmlFor = drawer.id;
  };
  const menu = labels[0];
  const drawer = document.getElementById(menu.htmlFor);
  menu.addEventListener("click", () => menu.htmlFor || drawer.click());
  menu.setAttribute("aria-label", "Menu");
  narrow.addEventListener("change", reach);
  reach();
});
