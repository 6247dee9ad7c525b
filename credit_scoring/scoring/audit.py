"""The audit (复核): a saved run computed again from its sealed evidence must give the same bytes."""

from credit_scoring.errors import EvidenceInvalid, SchemeUnknown
from credit_scoring.scheme.policy import load_scheme
from credit_scoring.scheme.rules import Scheme
from credit_scoring.scoring.assess import build_assessment
from credit_scoring.scoring.score_store import SavedRun, build_run
from credit_scoring.scoring.seal import parse_inputs


def verify_run(saved: SavedRun, *, scheme: Scheme | None = None) -> bool:
    """Whether the run's sealed evidence, judged again under its scheme, gives every byte of the run.

    That includes the digests: of the evidence, and inside it of the scheme's file. Needs no database. `scheme` stands
    in where the run's own version does not travel with this program.
    """
    try:
        inputs = parse_inputs(saved.evidence)
        judge = scheme if scheme is not None else load_scheme(inputs.scheme_version)
    except (EvidenceInvalid, SchemeUnknown):
        return False
    again = build_assessment(inputs.evidence, scope=inputs.scope, position=inputs.position, scheme=judge)
    return build_run(again, created_at=saved.created_at) == saved
