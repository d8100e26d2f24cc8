// Translations: /words/<language>-<version>.js defines window.gettext; without it the Chinese source shows.
export function gettext(text) {
  return typeof window.gettext === "function" ? window.gettext(text) : text;
}

export function fill(text, values) {
  return text.replace(/%\((\w+)\)s/g, (whole, name) => String(values[name] ?? whole));
}
