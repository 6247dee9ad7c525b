"""The audit (复核): a saved run computed again from its sealed evidence must give the same bytes."""

from credit_scoring.errors import EvidenceInvalid
from credit_scoring.scheme.rules import Scheme
from credit_scoring.scoring.assess import build_assessment
from credit_scoring.scoring.score_store import SavedRun, build_run
from credit_scoring.scoring.seal import parse_inputs


def verify_run(saved: SavedRun, *, scheme: Scheme) -> bool:
    """Whether the run's sealed evidence, judged again under the scheme, gives every byte of the run.

    That includes the digests: of the evidence, and inside it of the scheme's file. Needs no database.
    """
    try:
        inputs = parse_inputs(saved.evidence)
    except EvidenceInvalid:
        return False
    again = build_assessment(inputs.evidence, scope=inputs.scope, log=inputs.log, scheme=scheme)
    return build_run(again, created_at=saved.created_at) == saved
