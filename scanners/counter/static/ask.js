// Asking (请求): what the page asks of the counter's own server. A fault has a word, for which there is a sentence.
export class Fault extends Error {
  constructor(word, told = {}) { super(word); this.word = word; this.told = told }
}

async function fetchJson(path, options) {
  let answer
  try { answer = await fetch(path, options) } catch { throw new Fault("unreachable") }
  const told = await answer.json().catch(() => ({}))
  if (!answer.ok) throw new Fault(told.fault ?? "unreachable", told)
  return told
}

export const look = path => fetchJson(path, { cache: "no-store" })
export const ask = (path, form = {}) =>
  fetchJson(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(form) })
