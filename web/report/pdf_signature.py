"""The PDF's signature (PDF 签名): PAdES baseline B (ETSI EN 319 142-1), made and checked; it covers every octet."""

from dataclasses import dataclass
from io import BytesIO

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from asn1crypto.cms import ContentInfo
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.validation import EmbeddedPdfSignature, SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from web.report.certificate import ReportSigner

FIELD = "JixinReport"
_DER = serialization.Encoding.DER


@dataclass(frozen=True, slots=True)
class SignedPdf:
    """A PDF whose one signature holds for the whole file: by which certificate (SHA-256), and what is attached."""

    fingerprint: str
    attachment: bytes


class PdfUnsigned(ValueError):
    """No PDF with one signature that holds for all of it; the message says why, in both languages."""


def sign_pdf(pdf: bytes, signer: ReportSigner) -> bytes:
    """The PDF with a signature appended: the octets that were there stay the first ones."""
    certificate, authority = (
        asn1_x509.Certificate.load(each.public_bytes(_DER)) for each in (signer.certificate, signer.authority)
    )
    key = signer.key.private_bytes(_DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # the library types all but this
    chain.register_multiple([certificate, authority])
    with BytesIO(pdf) as file:
        signed = signers.sign_pdf(
            IncrementalPdfFileWriter(file),
            signers.PdfSignatureMetadata(
                field_name=FIELD, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256", reason="企业信用报告"
            ),
            signers.SimpleSigner(
                signing_cert=certificate, signing_key=asn1_keys.PrivateKeyInfo.load(key), cert_registry=chain
            ),
        )
        return bytes(signed.getvalue())


def check_pdf(file: bytes) -> SignedPdf:
    """What a signed PDF carries; whether to believe its certificate is the caller's to ask. Raises PdfUnsigned."""
    try:
        reader = PdfFileReader(BytesIO(file))
        found = reader.embedded_signatures
        if len(found) != 1:
            raise PdfUnsigned(f"应当有一个签名 a report carries one signature, this PDF {len(found)}")
        own = found[0].signer_cert
        status = validate_pdf_signature(found[0], ValidationContext(trust_roots=[own], allow_fetching=False))
        whole = status.coverage is SignatureCoverageLevel.ENTIRE_FILE
        untouched = status.modification_level in (None, ModificationLevel.NONE)
        if not (status.intact and status.valid and whole and untouched and _is_filled(file, found[0])):
            raise PdfUnsigned("签名不符，文件被改动过 the PDF's signature does not fit: the file was changed")
        return SignedPdf(own.sha256.hex(), _attachment(reader))
    except PdfUnsigned:
        raise
    except Exception as error:  # whatever the library stumbles over, a stack that ends or a broken zip, is the file's
        raise PdfUnsigned("不是签名的信用报告 no signed credit report, or one that was damaged") from error


def _is_filled(file: bytes, signature: EmbeddedPdfSignature) -> bool:
    """Whether the one gap that a signature cannot cover holds the signature, nought after it, and nothing else."""
    _, begin, end, _ = signature.byte_range
    value = bytes(signature.pkcs7_content)
    whole = ContentInfo.load(value).dump()
    padded = whole + bytes(len(value) - len(whole))
    return value == padded and file[begin:end] == b"<" + value.hex().upper().encode() + b">"


def _attachment(reader: PdfFileReader) -> bytes:
    """The one file that is attached."""
    names = reader.root["/Names"]["/EmbeddedFiles"]["/Names"]
    if len(names) != 2:
        raise PdfUnsigned("应当有一个附件 a report carries one attached file")
    return bytes(names[1].get_object()["/EF"]["/F"].data)
