"use strict";
// Shows /openapi.json. Everything is put in as text: what a document says never becomes markup.
// In the order in which a correction goes through them; what is not named comes last.
const stages = ["Capturing", "Normalizing", "Reviewing", "Trust", "Learning", "Evaluating", "Releasing", "Serving", "Observing", "Lineage", "Journal", "Messaging", "Privacy", "Access", "Operating"];
const placeOf = tag => (stages.indexOf(tag) + stages.length + 1) % (stages.length + 1);
const main = document.getElementById("routes");
const el = (tag, text, kind) => { const e = document.createElement(tag); if (text) e.textContent = text; if (kind) e.className = kind; return e; };

function resolve(api, schema) {
  return schema && schema.$ref ? api.components.schemas[schema.$ref.split("/").pop()] : schema;
}

// An example of what a schema describes, deep enough to be read, not deeper.
function shape(api, schema, depth = 0) {
  schema = resolve(api, schema);
  if (!schema || depth > 4) return "…";
  const type = Array.isArray(schema.type) ? schema.type.find(t => t !== "null") : schema.type;
  if (schema.properties) return Object.fromEntries(Object.entries(schema.properties).map(([name, of]) => [name, shape(api, of, depth + 1)]));
  if (type === "array") return [shape(api, schema.items, depth + 1)];
  return type || "any";
}

function body(api, title, content) {
  const part = el("div");
  for (const [media, of] of Object.entries(content || {})) {
    part.append(el("p", `${title} (${media})`));
    if (of.schema) part.append(el("pre", JSON.stringify(shape(api, of.schema), null, 2)));
  }
  return part;
}

function route(api, path, method, operation) {
  const box = el("details");
  const head = el("summary");
  head.append(el("span", method.toUpperCase(), "method"), el("code", path), el("span", operation.summary, "summary"));
  box.append(head, el("p", operation.description));
  for (const p of operation.parameters || []) box.append(el("p", `${p.in} ${p.name}${p.required ? " (required)" : ""}`));
  if (operation.requestBody) box.append(body(api, "body", operation.requestBody.content));
  for (const [status, answer] of Object.entries(operation.responses || {})) box.append(answer.content ? body(api, `answer ${status}`, answer.content) : el("p", `answer ${status}: ${answer.description}`));
  box.dataset.text = `${method} ${path} ${operation.summary || ""} ${operation.description || ""}`.toLowerCase();
  return box;
}

fetch("/openapi.json").then(answer => answer.json()).then(api => {
  const groups = new Map();
  for (const [path, methods] of Object.entries(api.paths))
    for (const [method, operation] of Object.entries(methods)) {
      const tag = (operation.tags || ["Other"])[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(route(api, path, method, operation));
    }
  main.replaceChildren();
  for (const [tag, routes] of [...groups].sort((a, b) => placeOf(a[0]) - placeOf(b[0]))) { const part = el("section"); part.append(el("h2", tag), ...routes); main.append(part); }
}).catch(why => { main.replaceChildren(el("p", "The reference could not be loaded: " + why)); });

document.getElementById("filter").addEventListener("input", event => {
  const words = event.target.value.toLowerCase().split(/\s+/);
  for (const box of document.querySelectorAll("details")) box.hidden = !words.every(word => box.dataset.text.includes(word));
});
