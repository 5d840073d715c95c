/** One choice of a form. */
export type Part = { label: string; name: string; options: { value: string; label: string }[] }[];

interface FormParts {
  choices: Part;
  buttons: { name: string; value: string; label: string }[];
}

interface PageParts {
  title: string;
  status?: number;
  /** What went wrong with the last click. */
  problem?: string | undefined;
  facts: [name: string, value: string][];
  words: string[];
  forms: FormParts[];
  links: { href: string; label: string }[];
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text that stands for itself, wherever in a page it is put. */
function escaped(words: string): string {
  return words.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? "");
}

const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });

export function formatCents(cents: number): string {
  return dollars.format(cents / 100);
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1c1d1f; --soft: #5b5f66; --line: #d9dbdf; --back: #f5f5f6; --surface: #fff; --accent: #0b6b4f; --mark: #7a4b00; --mark-back: #fdf1d8; --bad: #a3231d; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececee; --soft: #a4a8b0; --line: #3a3d43; --back: #141517; --surface: #1d1f22; --accent: #0f7a5b; --mark: #f3cf85; --mark-back: #3a2d10; --bad: #ff9d94; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 2rem 1rem; background: var(--back); color: var(--ink); font: 14px/1.5 system-ui, sans-serif; }
main { max-width: 26rem; margin: 0 auto; padding: 1.25rem; border: 1px solid var(--line); border-radius: 12px; background: var(--surface); }
h1 { margin: 1rem 0 .5rem; font-size: 1.25rem; overflow-wrap: anywhere; }
.mark { margin: 0; padding: .5rem .75rem; border-radius: 8px; background: var(--mark-back); color: var(--mark); }
.problem { color: var(--bad); }
dl { margin: 0 0 1rem; }
dl div { display: flex; justify-content: space-between; gap: 1rem; padding: .4rem 0; border-bottom: 1px solid var(--line); }
dt { color: var(--soft); } dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
form { display: grid; gap: .5rem; margin: 0 0 .5rem; }
label { color: var(--soft); }
select, button { width: 100%; min-height: 2.25rem; padding: 0 .75rem; border: 1px solid var(--line); border-radius: 8px; background: var(--surface); color: var(--ink); font: inherit; }
button { cursor: pointer; font-weight: 500; }
form:first-of-type button:first-of-type { border-color: var(--accent); background: var(--accent); color: #fff; }
a { color: inherit; } a, button, select { outline-offset: 2px; }
ul { margin: 1rem 0 0; padding: 0; list-style: none; }`;

function formHtml({ choices, buttons }: FormParts): string {
  const selects = choices.map(({ label, name, options }) => {
    const inner = options.map((option) => `<option value="${escaped(option.value)}">${escaped(option.label)}</option>`);
    return `<label for="${name}">${escaped(label)}</label><select id="${name}" name="${name}">${inner.join("")}</select>`;
  });
  const presses = buttons.map(
    ({ name, value, label }) =>
      `<button type="submit" name="${name}" value="${escaped(value)}">${escaped(label)}</button>`,
  );
  return `<form method="post">${[...selects, ...presses].join("")}</form>`;
}

/** A page of the simulator's, marked as such. It runs no script and loads nothing. */
export function page({ title, status = 200, problem, facts, words, forms, links }: PageParts): Response {
  const rows = facts.map(([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`);
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>${escaped(title)} (simulated)</title><style>${STYLE}</style></head>
<body><main><p class="mark"><strong>Simulated payment.</strong> No money moves, and no card is asked for.</p>
<h1>${escaped(title)}</h1>
${problem === undefined ? "" : `<p class="problem" role="alert">${escaped(problem)}</p>`}
${rows.length > 0 ? `<dl>${rows.join("")}</dl>` : ""}
${words.map((line) => `<p>${escaped(line)}</p>`).join("")}
${forms.map(formHtml).join("")}
${links.length > 0 ? `<ul>${links.map(({ href, label }) => `<li><a href="${escaped(href)}">${escaped(label)}</a></li>`).join("")}</ul>` : ""}
</main></body></html>`;
  return new Response(html, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "content-security-policy":
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    },
  });
}
