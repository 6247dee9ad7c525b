"""The credit report's facts (信用报告依据): all that it tells of one carrier in one saved run, read in one session."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from credit_scoring.archive.archive import Archive, build_archive
from credit_scoring.archive.archive_store import entries_of
from credit_scoring.archive.holder import enterprise
from credit_scoring.archive.kinds import RecordKind
from credit_scoring.archive.record import Entry
from credit_scoring.errors import SchemeUnknown
from credit_scoring.governance.objections.objection import Objection
from credit_scoring.governance.objections.objection_store import objections_of
from credit_scoring.scheme.scheme_store import schemes_of, signatures_of
from credit_scoring.scoring.assess import Assessment
from credit_scoring.scoring.ranking import Ranked, Unranked
from credit_scoring.scoring.score_store import SavedRun
from tracker.store.registry import Carrier, carriers
from web.api.objection_marks import indicator_in
from web.runs.assessed import Since, build_saved, change_since

PUBLIC_RECORDS = (RecordKind.COMMITMENT, RecordKind.COMMITMENT_JUDGEMENT)  # what /carriers/{code}/commitments shows


class Audience(StrEnum):
    """Who the report is for."""

    PUBLIC = "public"  # everybody
    ENTERPRISE = "enterprise"  # the enterprise itself: with grounds and keys of objections, and its archive


@dataclass(frozen=True, slots=True)
class Facts:
    """What a report rests on. `archive` is as it stood at the run's moment; objections are as they stand now."""

    audience: Audience
    carrier: Carrier
    codes: tuple[str, ...]
    run: SavedRun
    assessment: Assessment
    signed_at: tuple[datetime, ...]
    objections: tuple[Objection, ...]
    since: Since | None
    archive: Archive

    @property
    def standing(self) -> Ranked | Unranked:
        return self.assessment.standing_of(self.carrier.code)

    @property
    def is_private(self) -> bool:
        return self.audience is Audience.ENTERPRISE

    @property
    def records(self) -> list[Entry]:
        """What of the archive is told: commitments and their judgements; to the enterprise all that holds."""
        return self.archive.in_force if self.is_private else self.archive.of_kind(*PUBLIC_RECORDS)

    @property
    def disputed(self) -> dict[str, list[Objection]]:
        """The objections to an indicator, by its name."""
        found: dict[str, list[Objection]] = {}
        for each in self.objections:
            if (name := indicator_in(each)) is not None:
                found.setdefault(name, []).append(each)
        return found

    @property
    def objections_as_of(self) -> datetime:
        """The last moment at which anything happened to them, or the run's: by this, not by a clock, two reports of
        one run differ."""
        moments = [moment for each in self.objections for moment in (each.filed_at, *(step.at for step in each.steps))]
        return max([self.run.as_of, *moments])


def read_facts(session: Session, carrier: Carrier, run: SavedRun, audience: Audience) -> Facts:
    """Everything of one moment of the store. Raises SchemeUnknown where the run's scheme is not here any more."""
    assessed = build_saved(run, schemes_of(session))
    if assessed is None:
        raise SchemeUnknown("scheme_unknown", f"no scheme here has the version {run.scheme}")
    years = {run.window.from_date.year, run.window.last_day.year}
    entries = entries_of(session, [enterprise(carrier.uscc)]) if carrier.uscc else []
    return Facts(
        audience=audience,
        carrier=carrier,
        codes=_codes_of(session, carrier),
        run=run,
        assessment=assessed.assessment,
        signed_at=tuple(each.signed_at for each in signatures_of(session, run.scheme)),
        objections=tuple(objections_of(session, carrier.code, years)),
        since=change_since(session, assessed, carrier.code),
        archive=build_archive(entries, as_of=run.as_of),
    )


def _codes_of(session: Session, carrier: Carrier) -> tuple[str, ...]:
    """Every carrier code of the same enterprise."""
    if carrier.uscc is None:
        return (carrier.code,)
    return tuple(sorted(each.code for each in carriers(session).values() if each.uscc == carrier.uscc))
