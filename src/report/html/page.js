"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);
  for (const part of all(".script-only")) part.hidden = false;

  // Filter: what is not ticked is not shown, here and on the timeline.
  const filter = one("#filter");
  const serviceOf = (part) => part.closest("[data-service]").dataset.service;
  const startups = all(".startup"), marks = all(".lane a");
  const apply = () => {
    const ticked = (name) => new Set(all(`input[name=${name}]:checked`, filter).map((box) => box.value));
    const causes = ticked("cause");
    const services = filter.querySelector("input[name=service]") ? ticked("service") : null;
    const kept = new Set();
    let count = 0;
    for (const part of [...startups, ...marks]) {
      const service = serviceOf(part);
      const show = causes.has(part.dataset.cause) && (!services || services.has(service));
      part.classList.toggle("off", !show);
      if (show && part.dataset.n) { kept.add(service); count += 1; }
    }
    for (const part of all("section.service, .group, nav [data-service]")) {
      part.classList.toggle("off", !kept.has(part.dataset.service));
    }
    one("#shown").textContent = `${count} of ${startups.length} startups shown`;
    rove();
  };

  // Keyboard: one stop for each lane; the arrows go from mark to mark.
  const shownIn = (lane) => all("a:not(.off)", lane);
  const rove = () => {
    for (const lane of all(".lane svg[role=group]")) {
      all("a", lane).forEach((mark) => mark.setAttribute("tabindex", "-1"));
      shownIn(lane)[0]?.setAttribute("tabindex", "0");
    }
  };
  document.addEventListener("keydown", (event) => {
    const mark = event.target.closest?.(".lane a");
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (event.key === "Escape") tip.hidden = true;
    if (!mark || !step) return;
    const list = shownIn(mark.closest("svg"));
    const next = list[Math.max(0, Math.min(list.length - 1, list.indexOf(mark) + step))];
    next.setAttribute("tabindex", "0");
    next.focus();
    next.querySelector("use").scrollIntoView({ block: "nearest", inline: "nearest" });
    if (next !== mark) mark.setAttribute("tabindex", "-1");
    event.preventDefault();
  });

  // Details beside a mark, a run or a gap, for the mouse and for the keyboard.
  const tip = one("#tip");
  const details = (part) => {
    const title = part.querySelector("title");
    if (title) {
      part.setAttribute("aria-label", title.textContent);
      title.remove();
    }
    return part.getAttribute("aria-label");
  };
  const show = (part) => {
    tip.textContent = details(part);
    tip.hidden = false;
    const box = (part.querySelector("use") ?? part).getBoundingClientRect();
    const x = part.matches("a") ? box.left + box.width / 2 : (Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2;
    const left = Math.max(8, Math.min(innerWidth - tip.offsetWidth - 8, x - tip.offsetWidth / 2));
    const above = box.top - tip.offsetHeight - 8;
    tip.style.left = `${left}px`;
    tip.style.top = `${above > 8 ? above : box.bottom + 8}px`;
  };
  const over = ".lane a, .lane rect";
  for (const [event, act] of [["mouseover", show], ["focusin", show], ["mouseout", null], ["focusout", null]]) {
    document.addEventListener(event, ({ target }) => {
      const part = target.closest?.(over);
      if (part) act ? act(part) : (tip.hidden = true);
    });
  }
  addEventListener("scroll", () => { tip.hidden = true; }, { capture: true, passive: true });

  // A link to a startup or a cause unfolds it.
  const unfold = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target && (target.matches("details") ? target : target.querySelector(":scope > details"));
    if (folded) { folded.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", unfold);
  unfold();
  const fold = one("#fold");
  fold?.addEventListener("click", () => {
    const open = !all(".startup:not(.off) > details").every((part) => part.open);
    for (const part of all(".startup:not(.off) > details")) part.open = open;
  });

  // Zoom: the lanes get wider, the ticks closer in time.
  const chart = one(".chart");
  if (chart) {
    const from = Number(chart.dataset.from), length = Number(chart.dataset.to) - from;
    const minute = 60e3, hour = 60 * minute, day = 24 * hour;
    const steps = [100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 30e3, minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute,
      hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 7 * day, 30 * day, 365 * day];
    let zoom = 1;
    const ticks = one("#ticks"), first = ticks.innerHTML;
    const draw = () => {
      if (zoom === 1) { ticks.innerHTML = first; return; }
      const width = ticks.getBoundingClientRect().width, room = length * 110 / width;
      const step = steps.find((step) => step >= room) ?? room;
      const at = (pixels) => from + length * pixels / width;
      const begin = at(chart.scrollLeft), end = at(chart.scrollLeft + chart.clientWidth);
      const parts = [];
      let date = "";
      for (let time = Math.ceil(begin / step) * step; time <= Math.min(end, from + length); time += step) {
        const text = new Date(time).toISOString(), x = `${(time - from) / length * 100}%`;
        const share = (time - from) / length, edge = 40 / width;
        const side = share < edge ? "first" : share > 1 - edge ? "last" : "middle";
        const clock = text.slice(11, step < 1e3 ? 21 : step < minute ? 19 : 16);
        parts.push(`<line x1="${x}" x2="${x}" y1="30" y2="36"></line><text x="${x}" y="26" class="${side}">${clock}</text>`);
        if (date !== text.slice(0, 10)) parts.push(`<text x="${x}" y="11" class="${side}">${date = text.slice(0, 10)}</text>`);
      }
      ticks.innerHTML = parts.join("");
    };
    for (const button of all("[data-zoom]")) {
      button.addEventListener("click", () => {
        const factor = Number(button.dataset.zoom), lanes = ticks.getBoundingClientRect().width;
        const middle = (chart.scrollLeft + chart.clientWidth / 2) / lanes;
        const most = Math.min(length / 1e3, 1e6 / chart.clientWidth);
        zoom = factor ? Math.max(1, Math.min(most, zoom * factor)) : 1;
        chart.style.setProperty("--zoom", zoom);
        chart.scrollLeft = middle * ticks.getBoundingClientRect().width - chart.clientWidth / 2;
        draw();
      });
    }
    chart.addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
    addEventListener("beforeprint", () => { chart.style.removeProperty("--zoom"); zoom = 1; draw(); });
  }

  if (filter) {
    filter.addEventListener("change", apply);
    filter.addEventListener("reset", () => setTimeout(apply));
    one("#none").addEventListener("click", () => {
      all("input[name=cause]", filter).forEach((box) => { box.checked = false; });
      apply();
    });
    filter.addEventListener("submit", (event) => event.preventDefault());
    apply();
  }
})();
