// What makes the site quicker; everything works without it.
"use strict";

// Suggestions while a query is typed: a combobox after the ARIA Authoring Practices.
for (const input of document.querySelectorAll("input[data-suggest]")) {
  const list = document.createElement("ul");
  list.id = `${input.id}-suggestions`;
  list.className = "options";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.dataset.suggestions);
  list.hidden = true;
  input.after(list);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  })) input.setAttribute(name, value);
  let typed = input.value, at = -1, asked = 0, timer = 0;

  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (next) => {
    const options = [...list.children];
    at = (next + options.length + 1) % (options.length + 1);
    options.forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    const chosen = options[at];
    input.value = chosen ? chosen.dataset.text : typed;
    if (chosen) {
      input.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  };
  const go = (option) => {
    if (option.dataset.href) {
      location.assign(option.dataset.href);
    } else {
      input.value = option.dataset.text;
      input.form.requestSubmit();
    }
  };
  const show = (suggestions) => {
    list.replaceChildren(...suggestions.map((one, i) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${i}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.text = one.text;
      if (one.href) option.dataset.href = one.href;
      option.append(one.text);
      const kind = document.createElement("small");
      kind.append(one.label || "");
      option.append(kind);
      option.addEventListener("pointerdown", (event) => { event.preventDefault(); go(option); });
      return option;
    }));
    at = -1;
    list.hidden = suggestions.length === 0;
    input.setAttribute("aria-expanded", String(suggestions.length > 0));
  };
  const ask = async () => {
    const number = ++asked;
    if (!typed.trim()) return close();
    try {
      const answer = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(typed)}`);
      const { suggestions } = await answer.json();
      if (number === asked && document.activeElement === input) show(suggestions.map(dressed));
    } catch { close(); }
  };
  const english = document.documentElement.lang === "en";
  const labels = {
    official: ["cán bộ", "person"], source: ["phường, xã", "ward"], category: ["chuyên mục", "section"],
    document: ["văn bản", "document"], title: ["bài", "article"],
  };
  const dressed = ({ text, kind, id }) => ({
    text,
    label: labels[kind]?.[english ? 1 : 0],
    href: kind === "title" && id ? `/bai/${id}` : kind === "source" && id ? `/phuong/${id}` : null,
  });

  input.addEventListener("input", () => {
    typed = input.value;
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  });
  input.addEventListener("keydown", (event) => {
    // An input method is still at work: the key is meant for it.
    if (event.isComposing || event.keyCode === 229) return;
    if (list.hidden) {
      if (event.key === "ArrowDown") { typed = input.value; ask(); event.preventDefault(); }
      return;
    }
    switch (event.key) {
      case "ArrowDown": mark(at + 1); break;
      case "ArrowUp": mark(at < 0 ? list.children.length - 1 : at - 1); break;
      case "Escape": input.value = typed; close(); break;
      case "Enter": if (at < 0 || at >= list.children.length) return close(); go(list.children[at]); break;
      default: return;
    }
    event.preventDefault();
  });
  input.addEventListener("blur", close);
}

// Links to share: the device's own way, else a copy.
const copied = async (element, text) => {
  try {
    await navigator.clipboard.writeText(text);
    let said = element.nextElementSibling;
    if (said?.getAttribute("role") !== "status") {
      said = document.createElement("span");
      said.setAttribute("role", "status");
      element.after(said);
    }
    // The region is there before its text: else it is not read out.
    requestAnimationFrame(() => { said.textContent = ` ${element.dataset.share}`; });
    setTimeout(() => { said.textContent = ""; }, 4000);
  } catch { location.assign(element.href || "#"); }
};
for (const link of document.querySelectorAll("a.share")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    if (navigator.share) navigator.share({ title: document.title, url: link.href }).catch(() => {});
    else copied(link, link.href);
  });
}
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => copied(button, document.getElementById(button.dataset.copy).textContent));
}

// A run that is under way, as it goes on.
for (const run of document.querySelectorAll("[data-events]")) {
  const source = new EventSource(run.dataset.events);
  const log = run.querySelector(".log");
  let told = log ? log.children.length : 0, seen = 0;
  source.addEventListener("event", ({ data }) => {
    if (++seen <= told || !log) return;
    const { kind, url, detail } = JSON.parse(data), line = document.createElement("li");
    line.append(`${kind} ${url} ${detail}`);
    log.append(line);
    log.scrollTop = log.scrollHeight;
  });
  source.addEventListener("run", ({ data }) => {
    const { outcome, counters } = JSON.parse(data);
    for (const [name, count] of Object.entries(counters)) {
      const cell = run.querySelector(`[data-counter="${name}"]`);
      if (cell) cell.textContent = count;
    }
    if (outcome !== "running") { source.close(); location.reload(); }
  });
}

// A page that waits for something to begin looks again by itself.
const soon = document.querySelector("[data-again]");
if (soon) setTimeout(() => location.reload(), Number(soon.dataset.again));

// Orders that cannot be taken back are asked about.
for (const form of document.querySelectorAll("form[data-sure]")) {
  form.addEventListener("submit", (event) => { if (!confirm(form.dataset.sure)) event.preventDefault(); });
}
