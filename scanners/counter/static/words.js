// Words (文字): Chinese first, English by choice, kept on this machine.
const all = await (await fetch("/static/words.json")).json()
let language = localStorage.getItem("language") === "en" ? "en" : "zh-CN"

export const word = key => all[language][key] ?? key
export const inLanguage = told => told[language]
export const isEnglish = () => language === "en"

export function place(root = document) {
  document.documentElement.lang = language
  for (const each of root.querySelectorAll("[data-w]")) each.textContent = word(each.dataset.w)
  for (const each of root.querySelectorAll("[data-hint]")) each.title = word(each.dataset.hint)
  for (const each of root.querySelectorAll("[data-label]")) each.setAttribute("aria-label", word(each.dataset.label))
  for (const each of root.querySelectorAll("option[data-o]")) each.textContent = word(each.dataset.o)
}

export function change() {
  language = language === "en" ? "zh-CN" : "en"
  localStorage.setItem("language", language)
  place()
}

export function sentence(fault) {
  const told = fault.told ?? {}
  const more = told.when ?? (told.field ? word(`field.${told.field}`) : told.why ? word(`why.${told.why}`) : null)
  return word(`fault.${fault.word}`).replace("{wait}", wait(told.seconds ?? 0)) + (more === null ? "" : ` · ${more}`)
}

function wait(seconds) {
  const [unit, size] = seconds < 120 ? ["seconds", 1] : seconds < 7200 ? ["minutes", 60] : ["hours", 3600]
  return word(`wait.${unit}`).replace("{n}", Math.ceil(seconds / size))
}

export function option(value, key) {
  const made = document.createElement("option")
  made.value = value
  made.dataset.o = key
  made.textContent = word(key)
  return made
}
