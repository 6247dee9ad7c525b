"""Making a credit report (信用报告生成): its content signed, and the PDF around it, by this installation's keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from web.commands.receipt_keys import read_key_file
from web.commands.running import InstallationError
from web.errors import ReportKeysMissing
from web.report.certificate import MISSING, ReportSigner, report_signer
from web.report.content import write_report
from web.report.facts import Facts
from web.report.layout import Layout, Sealing, build_layout
from web.report.signed import sign_report
from web.settings import Settings
from web.words import Words


@dataclass(frozen=True, slots=True)
class SignedFacts:
    """A report before it is typeset: `signed` is the JSON file, `sealing` what proves it."""

    facts: Facts
    signed: bytes
    sealing: Sealing
    signer: ReportSigner


def sign_facts(settings: Settings, facts: Facts, *, now: datetime) -> SignedFacts:
    """The signed content. Raises ReportKeysMissing where this installation's keys are elsewhere, OSError.

    The key is read each time, so that after `jixin rotate-keys` the next report is signed by the new one.
    """
    try:
        file = read_key_file(settings.receipt_key_file)
    except (FileNotFoundError, InstallationError) as error:
        raise ReportKeysMissing(MISSING) from error
    signer, keys = report_signer(settings, now=now), file.receipt_keys
    content = write_report(facts, certificate=signer.fingerprint)
    sealing = Sealing(sha256(content).hexdigest(), file.signing.kid, signer.fingerprint)
    return SignedFacts(facts, sign_report(content, file.signing, keys.notices), sealing, signer)


def lay_out(made: SignedFacts, words: Mapping[str, Words], *, base: str | None) -> Layout:
    """What the PDF shows; `base` is the address under which everybody reaches the website, None where there is none."""
    run, code = made.facts.run.run_id, made.facts.carrier.code
    path = "/carrier/report" if made.facts.is_private else f"/carriers/{code}/report"  # whose digest is the printed one
    address = f"{base}{path}?run={run}" if base else None
    return build_layout(words["zh-CN"], words["en"], made.facts, made.sealing, address=address)


def make_pdf(made: SignedFacts, layout: Layout, settings: Settings) -> bytes:
    """The signed PDF. Raises CharacterMissing, FontUnreadable."""
    from web.report.pdf_signature import sign_pdf
    from web.report.typesetting import typeset

    return sign_pdf(typeset(layout, made.signed, font=settings.label_font), made.signer)
