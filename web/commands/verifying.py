"""The verify command (核验命令): a proof, run, report or archive, checked offline; only the pinned keys are trusted."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from tracker.wire.event import decode_event
from tracker.wire.key_set import NotAKeySet, read_trusted_keys
from tracker.wire.proof import ProvedBatch, prove_batch
from tracker.wire.receipt import verify_receipt
from tracker.wire.signature import Jwk, NotAJws, VerifyingKey, decode_base64url, digest_of
from tracker.wire.tracker_keys import follow_keys
from web.commands.running import Misused
from web.commands.verifying_reports import verify_report, verify_report_pdf

Say = Callable[[str], None]
Advance = Callable[[int, int | None], None]  # done, and of how many where that is known


def _unseen(_done: int, _total: int | None) -> None: ...


class NotVerifiable(ValueError):
    """The file is neither a proof nor a run nor a report, or the keys to check it with are none."""


def run_verify(file: Path, keys: Path | None, *, say: Say, progress: Advance = _unseen) -> bool:
    """Check a file, or an archive's folder; True when everything in it holds. Raises NotVerifiable, Misused,
    OSError.
    """
    return _verify(file, keys, say=lambda line: say(_one_line(line)), progress=progress)


def _one_line(line: str) -> str:
    """What is said, without what a terminal would act on: a forged file must not write lines of its own."""
    return "".join(each if each.isprintable() else "\ufffd" for each in line)


def _verify(file: Path, keys: Path | None, *, say: Say, progress: Advance) -> bool:
    if file.is_dir():
        return _verify_archive(file, pinned_keys(keys, "an archive"), say=say, progress=progress)
    octets = file.read_bytes()
    if octets.startswith(b"%PDF-"):
        return verify_report_pdf(octets, pinned_keys(keys, "a report"), say=say)
    try:
        content = json.loads(octets)
    except (ValueError, RecursionError) as error:
        raise NotVerifiable(f"{file} 不是 JSON · {file} is not JSON") from error
    if isinstance(content, dict) and content.get("kind") == "run":
        return _verify_run(content, say=say)
    if isinstance(content, dict) and "batches" in content:
        return verify_proof(content, pinned_keys(keys, "a proof"), say=say)
    if isinstance(content, dict) and "payload" in content and "signature" in content:
        return verify_report(octets, pinned_keys(keys, "a report"), say=say)
    raise NotVerifiable(
        f"{file} 既不是存证、考核，也不是信用报告 · "
        f"{file} is neither a proof (/api/v1/parcels/…/proof) nor a run (jixin assess --export)"
        " nor a credit report (/carriers/…/report.pdf)"
    )


def pinned_keys(keys: Path | None, what: str) -> dict[str, VerifyingKey]:
    """The keys that the asker trusts. Raises Misused where none are named, NotVerifiable where they are none."""
    if keys is None:
        raise Misused(f"核验需要 --keys · {what} needs --keys: a key set (`jixin keys`) or an enrolment file")
    try:
        return read_trusted_keys(keys)
    except NotAKeySet as error:
        raise NotVerifiable(str(error)) from error


def _verify_archive(folder: Path, pinned: Mapping[str, VerifyingKey], *, say: Say, progress: Advance) -> bool:
    from tracker.archive.checking import check_archive
    from tracker.archive.manifest import ArchiveDamaged

    try:
        manifest = check_archive(folder, pinned, progress=progress).manifest
    except ArchiveDamaged as error:
        say(f"✗ {error}")
        return False
    say(f"✓ {manifest.month} · 清单签名有效 manifest signed {manifest.made_at:%Y-%m-%d %H:%M} UTC")
    say(f"✓ {len(manifest.files)} 个文件摘要一致 files are to the byte what it says")
    say(f"✓ {manifest.batches:,} 批签名与回执有效 batches signed and receipted")
    ends = f"{manifest.first_position}–{manifest.last_position}"
    say(f"✓ {manifest.events:,} 条记录核验无误 events hold, between positions {ends}")
    return True


def verify_proof(proof: Mapping[str, Any], tracker_keys: Mapping[str, VerifyingKey], *, say: Say) -> bool:
    """Each event against its batch's signed head, each head against its device's key, each receipt against ours."""
    try:
        tracker_keys = follow_keys(proof.get("key_notices", ()), tracker_keys, into_past=True)
        device_keys = [VerifyingKey.from_jwk(msgspec.convert(jwk, Jwk)) for jwk in proof["device_keys"]]
        heads = _verify_batches(proof, {key.kid: key for key in device_keys}, tracker_keys, say=say)
        events_hold = [_verify_event(event, proof["waybill_no"], heads, say=say) for event in proof["events"]]
    except (AttributeError, KeyError, TypeError, ValueError, msgspec.MsgspecError) as error:
        raise NotVerifiable(f"存证不完整 · not a whole proof: {error}") from error
    withheld = [holds for holds, event in zip(events_hold, proof["events"], strict=True) if event["body"] is None]
    shown = [holds for holds, event in zip(events_hold, proof["events"], strict=True) if event["body"] is not None]
    if shown or not withheld:
        say(f"{_sign(shown)} {sum(shown)} / {len(shown)} 条记录核验无误 events hold, as the file tells them")
    if withheld:
        say(f"{_sign(withheld)} {sum(withheld)} / {len(withheld)} 条的签名与摘要核验无误 digests hold")
        say("! 内容未公开，运单号、环节、时间未经证明 the bytes are withheld: who signed is proved, nothing else is")
    places = {(event["batch_id"], event["batch_index"]) for event in proof["events"]}
    if len(places) < len(events_hold):
        say("✗ 同一条记录列了不止一次 one event is told more than once: a proof tells each once")
    return bool(events_hold) and all(events_hold) and len(places) == len(events_hold)


def _sign(holds: list[bool]) -> str:
    return "✓" if all(holds) else "✗"


def _verify_batches(
    proof: Mapping[str, Any], devices: Mapping[str, VerifyingKey], trackers: Mapping[str, VerifyingKey], *, say: Say
) -> dict[str, ProvedBatch]:
    """The batches whose device signature and whose receipt hold, by batch id."""
    heads = {}
    for batch in proof["batches"]:
        batch_id = batch["batch_id"]
        try:
            receipt = verify_receipt(batch["receipt"], trackers)
            proved = prove_batch(batch["head"], batch["payload_sha256"], devices, receipt)
            if str(proved.head.batch_id) != batch_id:
                raise NotAJws("批头是另一批的 the head is another batch's")
        except NotAJws as error:
            say(f"✗ batch {batch_id}: {error}")
            continue
        heads[batch_id] = proved
        signer, moment = proved.head.post.username, receipt.record_time.isoformat()
        say(f"✓ batch {batch_id}: {signer} 签名 signed, 回执 receipted {moment}")
    return heads


def _verify_event(event: Mapping[str, Any], waybill_no: str, batches: Mapping[str, ProvedBatch], *, say: Say) -> bool:
    batch = batches.get(event["batch_id"])
    index = event["batch_index"]
    if batch is None or not 0 <= index < len(batch.head.digests) or batch.head.digests[index] != event["digest"]:
        say(f"✗ event {event['event_id']}：不在有效的批次里 not in a batch that holds")
        return False
    if event["event_id"] in batch.rejected:
        say(f"✗ event {event['event_id']}：回执拒收了它 the receipt rejects it")
        return False
    post, told = batch.head.post, event["event"]
    if (told["carrier"], told["station"]) != (post.carrier, post.station):
        say(f"✗ event {event['event_id']}：不是文件所说的网点签的 signed by {post.username}, not where the file says")
        return False
    if event["body"] is not None and not _holds(decode_base64url(event["body"]), event, waybill_no):
        say(f"✗ event {event['event_id']}：与所签内容不符 not what was signed")
        return False
    return True


def _holds(body: bytes, event: Mapping[str, Any], waybill_no: str) -> bool:
    """Whether these are the bytes with the digest that was signed, and say what the file says of this event."""
    if digest_of(body) != event["digest"]:
        return False
    scan, told = decode_event(body).scan, event["event"]
    if (str(scan.event_id), scan.waybill_no, scan.step) != (event["event_id"], waybill_no, told["step"]):
        return False
    return told["event_id"] == event["event_id"] and datetime.fromisoformat(told["event_time"]) == scan.event_time


def _verify_run(content: Mapping[str, Any], *, say: Say) -> bool:
    from credit_scoring.scheme.policy import parse_scheme
    from credit_scoring.scoring.audit import verify_run
    from credit_scoring.scoring.export import canonical_json
    from credit_scoring.scoring.score_store import SavedRun
    from credit_scoring.scoring.seal import parse_inputs

    try:
        evidence = base64.b64decode(content["evidence"], validate=True)
        spelling = (base64.b64encode(evidence).decode(), str(UUID(content["run_id"])))
        if spelling != (content["evidence"], content["run_id"]):
            raise ValueError("spelled otherwise than `jixin assess --export` spells it")
        inputs, scheme = parse_inputs(evidence), parse_scheme(content["scheme_file"].encode())
        run = SavedRun(
            run_id=UUID(content["run_id"]),
            scheme=content["scheme"],
            window=inputs.scope.window,
            division=inputs.scope.division,
            as_of=inputs.scope.as_of,
            position=inputs.log.position,
            created_at=datetime.fromisoformat(content["created_at"]),
            evidence=evidence,
            evidence_sha256=content["evidence_sha256"],
            result=canonical_json(content["result"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise NotVerifiable(f"考核不完整 · not a whole run: {error}") from error
    holds = verify_run(run, scheme=scheme)
    say(
        f"{'✓' if holds else '✗'} run {run.run_id} · scheme {run.scheme} · "
        + ("重算一致 the same bytes again" if holds else "重算不一致 the evidence does not give this result")
    )
    return holds
