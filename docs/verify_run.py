#!/usr/bin/env python3
"""Compute a credit run again from its sealed evidence (核验考核结果), with nothing but Python's own library.

`python3 verify_run.py RUN.json` of `jixin assess --export RUN.json`: 0 where each byte follows, 1 where not, 2 misused.
"""

import base64, hashlib, json, pathlib, sys, tomllib
from decimal import ROUND_HALF_EVEN, Context, Decimal as D, setcontext
from functools import cache
setcontext(Context(prec=34, rounding=ROUND_HALF_EVEN, Emin=-999999, Emax=999999))
TAIL, ENOUGH, SHARP = D("0.025"), D("1e-40"), D("1e-24")
def series(term, ratio):
    """A sum of positive terms, each made of the one before, until they no longer count."""
    total, number = term, 0
    while term > ENOUGH:
        number += 1
        total += (term := ratio(term, number))
    return total
def arctan(n):
    total, power, odd, sign = D(1) / n, D(1) / n, 1, 1
    while power > ENOUGH:
        odd, sign, power = odd + 2, -sign, power / (n * n)
        total += sign * (power / odd)
    return total
@cache
def z():
    """The normal quantile with TAIL above it, by bisection."""
    pi = 16 * arctan(5) - 4 * arctan(239)
    low, high = D(1), D(3)
    while high - low > SHARP * (1 + high):
        x = (low + high) / 2
        density = ((x * x) / -2).exp() / (2 * pi).sqrt()
        above = D(1) / 2 - density * series(x, lambda term, n, x=x: term * (x * x) / (2 * n + 1))
        low, high = (x, high) if above > TAIL else (low, x)
    return (low + high) / 2
def mean_of(events, chance, low, high):
    """The Poisson mean under which at most so many events have this chance: bisection, Newton's step where it fits."""
    guess, step = (low + high) / 2, None
    while step is None or abs(step - guess) > SHARP * (1 + guess):
        guess = guess if step is None else step
        below = series(D(1), lambda term, n, guess=guess: term * (events + 1 - n) / guess)
        above = series(D(1), lambda term, n, guess=guess: term * guess / (events + n)) - 1
        over = below / (below + above) - chance
        low, high = (guess, high) if over > 0 else (low, guess)
        step = guess + over * (below + above)
        step = step if low < step < high else (low + high) / 2
    return step
@cache
def garwood(n):
    reach = 8 * (D(n + 1).sqrt().to_integral_value() + 2)
    return (mean_of(n - 1, 1 - TAIL, max(D(0), n - reach), D(n)) if n else D(0)), mean_of(n, TAIL, D(n), n + reach)
def interval(kind, n, d):
    share = D(n) / d
    if kind == "register":
        return share, share
    if kind == "rare_event":
        low, high = (bound / d for bound in garwood(n))
    else:
        sample, z2 = D(d) / (400 if kind == "rating" else 1), z() * z()
        centre = (share * sample + z2 / 2) / (sample + z2)
        spread = z() / (sample + z2) * (share * sample * (1 - share) + z2 / 4).sqrt()
        low, high = centre - spread, centre + spread
    return min(share, max(D(0), low)), max(share, min(D(1), high))
def fixed(value, places):
    text = format(value.quantize(D(1).scaleb(-places)), "f")
    return text.removeprefix("-") if D(text) == 0 else text
def measure(name, facts, subject):
    """(value, n, d, interval, reason) of an indicator."""
    (area, kind, direction, needs), pair = facts, subject["counts"].get(name)
    hidden = (subject["expected"] or subject["parcels"]) - subject["parcels"]
    if name == "coverage":
        pair = None if subject["expected"] is None else [subject["parcels"], subject["expected"]]
    elif pair and kind == "rare_event" and area != "parcels":
        pair = [pair[0], subject["own_parcels"]]
    elif pair and area == "parcels" and kind in ("proportion", "rare_event"):
        pair = [pair[0] + (hidden if direction == "lower_is_better" else 0), pair[1] + hidden]
    missing = [("no_records", (needs == "records" or not pair) and not (pair and pair[1])),
        ("no_parcels", needs != "records" and not subject["parcels"]),
        ("not_covered_by_feed", needs == "journey" and not (subject["own_parcels"] or subject["on_the_way"])),
        ("no_promise", needs == "pickup_promise" and not pair[1]),
        ("nothing_due", pair and not pair[1])]
    for reason in (reason for reason, holds in missing if holds):
        return None, None, None, None, reason
    value = D(pair[0]) / pair[1]
    return (value / 3600000, *pair, None, None) if kind == "mean_hours" else (value, *pair, interval(kind, *pair), None)
def points(rule, value):
    if "bands" in rule:
        return D([band["points"] for band in rule["bands"] if value >= band["from"]][-1])
    share = (value - rule["zero"]) / (D(rule["full"]) - rule["zero"])
    return rule["points"] * min(D(1), max(D(0), share))
def judge(subject, facts, scheme):
    """A subject's entry in the result, and what its place depends on."""
    rules, shown, won, covered = {rule["indicator"]: rule for rule in scheme["rules"]}, {}, [D(0)] * 3, 0
    found = {name: measure(name, facts[name], subject) for name in facts}
    for name in [*rules, *(name for name in facts if name not in rules)]:
        value, n, d, ends, reason = found[name]
        shown[name] = {"value": None if value is None else fixed(value, 9), "numerator": n, "denominator": d,
                       "interval": ends and [fixed(end, 9) for end in ends], "points": None,
                       "weight": rules[name]["points"] if name in rules else 0} | ({"reason": reason} if reason else {})
        if name in rules and not reason:
            worse, better = ends if facts[name][2] == "higher_is_better" else ends[::-1]
            covered += rules[name]["points"]
            got = [points(rules[name], each) for each in (value, worse, better)]
            won, shown[name]["points"] = [a + b for a, b in zip(won, got)], fixed(got[0], 1)
    score, low, high = (fixed(1000 * each / covered, 1) if covered else None for each in won)
    return {"carrier": subject["code"], "interval": [low, high] if covered else None, "covered_points": covered,
            "parcels": subject["parcels"], "expected": subject["expected"], "indicators": shown}, score
def rank(judged, scheme):
    """Rows with their places, and those without."""
    rows, unranked = [], []
    for entry, score in sorted(judged, key=lambda pair: (-pair[0]["parcels"], pair[0]["carrier"])):
        few = "too_few_parcels" if entry["parcels"] else "no_parcels"
        reason = few if entry["parcels"] < scheme["minimum_parcels"] else None if score else "no_score"
        if reason:
            unranked.append(entry | {"score": None, "grade": None, "reason": reason})
        else:
            rows.append((tuple((D(each), entry["parcels"]) for each in (score, *entry["interval"])), entry, score))
    above = lambda column, mine: sum(stand[column] > mine for stand, _, _ in rows)
    return [entry | {"score": score, "rank": 1 + above(0, own), "best_place": 1 + above(1, high),
                     "worst_place": 1 + above(2, low) - (high > low),
                     "grade": next((grade["name"] for grade in scheme["grades"] if D(score) >= grade["from"]
                                    and entry["covered_points"] >= scheme.get("minimum_covered", 0)), None)}
            for (own, low, high), entry, score in sorted(rows, key=lambda row: row[0][0], reverse=True)], unranked
def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
def result_of(export):
    """The result that follows from an export's evidence and scheme; ValueError where their digests do not fit."""
    sealed, written = base64.b64decode(export["evidence"]), export["scheme_file"].encode()
    evidence = json.loads(sealed)
    found = [hashlib.sha256(each).hexdigest() for each in (sealed, written)]
    if found != [export["evidence_sha256"], evidence["scheme"]["sha256"]]:
        raise ValueError("the evidence or the scheme is not the one that was sealed")
    scheme = tomllib.loads(written.decode(), parse_float=D)
    rows, unranked = rank([judge(each, evidence["indicators"], scheme) for each in evidence["subjects"]], scheme)
    head = {name: evidence[name] for name in ("as_of", "position", "rolling_sha256", "from", "to", "division")}
    return head | {"scheme": evidence["scheme"]["version"], "run": export["run_id"], "rows": rows, "unranked": unranked}
def end(code, said):
    print(said, file=sys.stderr if code else sys.stdout)
    sys.exit(code)
if __name__ == "__main__":
    if len(sys.argv) != 2:
        end(2, __doc__)
    try:
        export = json.loads(pathlib.Path(sys.argv[1]).read_bytes())
        same = canonical(result_of(export)) == canonical(export["result"])
    except OSError as error:
        end(2, f"✗ 读不到这个文件 the file cannot be read: {error}")
    except Exception as error:  # a torn or changed file may lead to any
        end(1, f"✗ 文件残缺或被改动，无法核验 torn or changed, and proves nothing: {type(error).__name__} {str(error)[:99]!r}")
    end(*(0, "✓ 结果与依据一致 the result follows from the evidence") if same else (1, "✗ 结果不符 the result does not follow"))
