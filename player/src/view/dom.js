/** Making elements. */

/**
 * An element with attributes and children; text is always text, never markup.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean | null>} [attributes] those that are null or false are left out
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children);
  return made;
}

/**
 * @param {string} label
 * @param {string} icon an SVG path in a square of 24 units
 * @param {string | null} [keys] the keys that do the same
 * @returns {HTMLButtonElement}
 */
export function iconButton(label, icon, keys = null) {
  const button = element("button", { type: "button", class: "icon", "aria-keyshortcuts": keys });
  button.append(drawn(icon));
  name(button, label);
  return button;
}

/** @param {HTMLElement} of @param {string} label */
export function name(of, label) {
  of.setAttribute("aria-label", label);
  of.setAttribute("title", label);
}

/** @param {string} path @returns {SVGSVGElement} */
export function drawn(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(svg.namespaceURI, "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return /** @type {SVGSVGElement} */ (svg);
}

/**
 * @param {string} label
 * @param {[string, string][]} choices value and text
 * @param {(value: string) => void} chosen
 */
export function select(label, choices, chosen) {
  const made = element("select", { "aria-label": label, title: label });
  offer(made, choices);
  made.addEventListener("change", () => chosen(made.value));
  return made;
}

/** @param {HTMLSelectElement} of @param {[string, string][]} choices */
export function offer(of, choices) {
  const before = of.value;
  of.replaceChildren(...choices.map(([value, text]) => element("option", { value }, text)));
  if (choices.some(([value]) => value === before)) of.value = before;
}
