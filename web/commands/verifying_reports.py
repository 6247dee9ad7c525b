"""Verifying credit reports (信用报告核验): the JSON by the tracker's key, the PDF by the certificate that it names."""

from collections.abc import Callable, Mapping
from datetime import datetime

from tracker.wire.details import LOCAL
from tracker.wire.signature import VerifyingKey
from web.report.signed import NotAReport, OpenedReport, open_report

Say = Callable[[str], None]


def verify_report(file: bytes, keys: Mapping[str, VerifyingKey], *, say: Say) -> bool:
    """A report's JSON: whether one of the keys signed it, and what it says."""
    try:
        report = open_report(file, keys)
    except NotAReport as error:
        say(f"✗ {error}")
        return False
    _tell(report, say)
    return True


def verify_report_pdf(file: bytes, keys: Mapping[str, VerifyingKey], *, say: Say) -> bool:
    """A report's PDF: whether its one signature covers every octet, and whether its certificate is the one that the
    content attached to it, signed by one of the keys, names."""
    from web.report.pdf_signature import PdfUnsigned, check_pdf

    try:
        pdf = check_pdf(file)
        report = open_report(pdf.attachment, keys)
    except (PdfUnsigned, NotAReport) as error:
        say(f"✗ {error}")
        return False
    if report.content.get("pdf_certificate_sha256") != pdf.fingerprint:
        say("✗ 不是本机构的证书签的 the PDF is signed by another certificate than its signed content names")
        return False
    _tell(report, say)
    say(f"✓ PDF 自签名后一个字节也没有变 not one octet of the PDF has changed; certificate {pdf.fingerprint}")
    return True


def _tell(report: OpenedReport, say: Say) -> None:
    """What was proved: who signed which content. That the score follows from its evidence, `assess --export` proves."""
    content = report.content
    enterprise, run, score = content["enterprise"], content["run"], content["score"]
    name = enterprise["name_zh"] or enterprise["name_en"] or enterprise["carrier"]
    say(f"✓ 信用报告由密钥签发 the report is signed by the key {report.kid}")
    say(f"  {name} · {enterprise['uscc'] or enterprise['carrier']} · {run['from']} – {run['to']}（不含 exclusive）")
    say(f"  截至 as of {_local(run['as_of'])} · 方案 scheme {content['scheme']['version']} · 考核 run {run['id']}")
    if score["score"] is None:
        say(f"  未评定 not rated: {score['reason']} · 样本 sample {score['parcels']}")
    else:
        low, high = score["interval"]
        told = f"{score['score']} [{low}, {high}] · {score['grade'] or '–'} · {score['rank']} / {score['ranked']}"
        say(f"  得分 score {told} · 样本 sample {score['parcels']}")
    open_ones = sum(each["open"] for each in content["objections"])
    at = _local(content["objections_as_of"])
    say(f"  异议 objections {len(content['objections'])}, 处理中 open {open_ones}, 截至 as of {at}")
    say("! 这证明谁签发了什么；得分请核验导出的考核 who signed what is proved; the exported run proves the score")


def _local(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(LOCAL):%Y-%m-%d %H:%M} (UTC+8)"
