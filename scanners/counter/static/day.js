// The day (当日清单): each parcel's newest act, how far it got, and undoing it.
import { inLanguage, word } from "./words.js"

const CHIPS = { waiting: "warn", receipted: "", refused: "bad", undone: "note", turned_away: "bad" }
const HELD = ["key_unknown", "key_revoked", "version_unknown"]
let shown = ""

export function showDay(day, undo) {
  const told = JSON.stringify([day, document.documentElement.lang])
  if (told === shown) return
  shown = told
  document.getElementById("parcels").textContent = `${day.parcels} ${word(day.parcels === 1 ? "parcel_unit.one" : "parcel_unit")}`
  document.getElementById("turned-away").textContent = day.turned_away ? `${day.turned_away} ${word("turned_away")}` : ""
  document.getElementById("day-empty").hidden = day.lines.length > 0
  document.getElementById("day").replaceChildren(...day.lines.map(line => item(line, undo)))
}

export const forget = () => { shown = "" }

function item(line, undo) {
  const made = document.createElement("li"), no = document.createElement("span"), chip = document.createElement("span"), more = document.createElement("small")
  made.className = line.state
  no.className = "no"
  no.textContent = short(line.waybill_no)
  no.title = line.waybill_no ?? ""
  chip.className = `chip ${CHIPS[line.state]}`
  chip.textContent = word(`state.${line.state}`) + (line.receipted_at ? ` ${line.receipted_at}` : "")
  more.textContent = [line.at, line.is_bag && word("value.bag"), word(`step.${line.step}`), line.operator, ...why(line)].filter(Boolean).join(" · ")
  made.append(no, chip, more)
  if (line.can_undo) made.append(button(line, undo))
  return made
}

const short = number => !number ? "—" : number.length > 14 ? `…${number.slice(-10)}` : number
const why = line => line.state === "turned_away" ? line.words.map(each => `${inLanguage(each.what)},${inLanguage(each.do)}`)
  : line.codes.map(code => `${code}: ${word(HELD.includes(code) ? "do.held" : "do.rejected")}`)

function button(line, undo) {
  const made = document.createElement("button")
  made.type = "button"
  made.className = "quietly"
  made.textContent = word("undo")
  made.setAttribute("aria-label", `${word("undo")} ${line.waybill_no}`)
  made.addEventListener("click", () => {
    if (made.dataset.sure) return undo(line)
    made.dataset.sure = "yes"
    made.textContent = word("undo_sure")
  })
  return made
}
