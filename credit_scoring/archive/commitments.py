"""Commitments (信用承诺): five parts in a standard form that is published; what is signed is this very text."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from importlib.resources import files

from credit_scoring.archive.holder import Holder
from credit_scoring.archive.kinds import PARTS
from credit_scoring.archive.record import Proof, ProofHolder
from credit_scoring.errors import ArchiveRefused, RecordFault

CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class Template:
    """One form of the commitment: the sentence of each part and the closing one, in Chinese and in English."""

    code: str
    zh: Mapping[str, str]
    en: Mapping[str, str]

    def sentences(self, *, english: bool) -> list[str]:
        """What is committed to, part by part."""
        told = self.en if english else self.zh
        return [told[part] for part in (*PARTS, CLOSING)]


@cache
def load_templates() -> dict[str, Template]:
    """The templates that are shipped, the newest last."""
    text = files("credit_scoring.archive").joinpath("commitments.toml").read_text(encoding="utf-8")
    return {told["code"]: _template(told) for told in tomllib.loads(text)["template"]}


def template_of(code: str) -> Template:
    """The template with this code. Raises ArchiveRefused `code_unknown`."""
    found = load_templates().get(code)
    if found is None:
        raise ArchiveRefused(RecordFault.CODE_UNKNOWN, "template")
    return found


def write_commitment(template: Template, holder: Holder, day: date) -> str:
    """The text that is signed: the template's Chinese sentences, who commits, and when."""
    lines = [
        f"信用承诺书 {template.code}",
        *template.sentences(english=False),
        f"承诺人 {holder.code}",
        day.isoformat(),
    ]
    return "\n".join(lines) + "\n"


def prove_commitment(template: Template, holder: Holder, day: date) -> Proof:
    """The proof of a commitment made here: the SHA-256 of its text."""
    digest = sha256(write_commitment(template, holder, day).encode()).hexdigest()
    return Proof(digest, "commitment", f"信用承诺书 {template.code}", ProofHolder.ENTERPRISE)


def _template(told: Mapping[str, str]) -> Template:
    parts = (*PARTS, CLOSING)
    return Template(told["code"], {part: told[part] for part in parts}, {part: told[f"{part}_en"] for part in parts})
