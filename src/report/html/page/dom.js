// Elements. Text becomes text nodes and never markup.

const at = (id) => document.getElementById(id);

function dressed(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const h = (name, attributes, ...children) =>
  dressed(document.createElement(name), attributes, children);

const s = (name, attributes, ...children) =>
  dressed(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);

const badge = (look) =>
  h(
    "span",
    { class: `badge ${look}` },
    h("i", { "aria-hidden": "true" }, GLYPHS[look]),
    h("span", {}, word(look)),
  );

const link = (text, follow) =>
  h("button", { type: "button", class: "link", onclick: follow }, text);

// Buttons of which one is pressed.
function choice(group, options, current, choose) {
  group.replaceChildren(
    ...options.map(([value, text, title]) =>
      h(
        "button",
        {
          type: "button",
          "aria-pressed": String(value === current),
          title,
          "data-value": value,
          onclick: () => choose(value),
        },
        text,
      ),
    ),
  );
}

function copier(text, name) {
  const button = h(
    "button",
    { type: "button", class: "copy", "aria-label": `Copy ${name}` },
    "copy",
  );
  button.addEventListener("click", async (event) => {
    event.stopPropagation();
    button.textContent = (await copied(typeof text === "function" ? text() : text))
      ? "copied"
      : "no access";
    setTimeout(() => {
      button.textContent = "copy";
    }, 1500);
  });
  return button;
}

// Pages that came over plain HTTP have no clipboard of their own.
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = h("textarea", { class: "unseen" }, text);
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

const context = document.createElement("canvas").getContext("2d");
const family = getComputedStyle(document.body).fontFamily;
const widths = new Map();

function measured(text, size) {
  context.font = `${size}px ${family}`;
  return context.measureText(text).width;
}

// How wide a text is in the chart, in pixels.
function width(text, size) {
  const key = `${size} ${text}`;
  if (!widths.has(key)) widths.set(key, measured(text, size));
  return widths.get(key);
}

// As much of a text as fits.
function fitting(text, size, room) {
  if (width(text, size) <= room) return text;
  let length = Math.floor((text.length * room) / width(text, size));
  while (length > 0 && measured(`${text.slice(0, length)}…`, size) > room) length -= 1;
  return length > 0 ? `${text.slice(0, length)}…` : "";
}
