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

  // The menu of a narrow window opens by a button, and its parts by labels, on which Material hears the Enter key.
  const narrow = matchMedia("(max-width: 76.234375em)");
  const label = document.querySelector('.md-header [for="__drawer"]');
  const menu = document.createElement("button");
  menu.className = label.className;
  menu.type = "button";
  menu.setAttribute("aria-label", "Menu");
  menu.append(...label.childNodes);
  menu.addEventListener("click", () => document.getElementById("__drawer").click());
  label.replaceWith(menu);
  const parts = all('.md-nav--primary :is([for^="__nav"], [for="__toc"])');
  const reach = () => {
    menu.style.display = narrow.matches ? "" : "none";
    for (const part of parts) {
      stop(part, narrow.matches);
      if (narrow.matches) part.setAttribute("role", "button");
      else part.removeAttribute("role");
    }
  };
  narrow.addEventListener("change", reach);
  reach();
});
