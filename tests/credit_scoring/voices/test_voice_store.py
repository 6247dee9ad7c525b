"""The voice store (评价库): one word a code, one review a parcel with its follow-ups, and nothing is ever changed."""

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from credit_scoring.voices.aspects import Aspect, Rater
from credit_scoring.voices.checklist import Answer, Checked, checklist_of
from credit_scoring.voices.inspecting import record_inspection, record_note
from credit_scoring.voices.origins import forget_origins, save_staff_device
from credit_scoring.voices.refusals import Refusal, VoiceRefused
from credit_scoring.voices.reviewing import Review, check_reviewable, is_own_parcel, record_review
from credit_scoring.voices.rules import Doubt
from credit_scoring.voices.voice import Weight
from credit_scoring.voices.voice_store import find_voices, thread_of, voice_of
from tests.credit_scoring.voices.world import NOW, RULES, delivered, origin_of, say, stars
from tracker.access.roles import Role
from tracker.chain.state import State
from tracker.store.database import reading, transaction

CHANGES = [
    f"{verb} {table}{rest}"
    for table in ("voice", "voice_weight", "voice_note")
    for verb, rest in (("UPDATE", " SET voice_no = voice_no"), ("DELETE FROM", ""))
]


def test_a_review_is_kept_with_its_weight_and_follow_ups_stand_beside_it(engine: Engine) -> None:
    first = say(engine, "W1", 2, tags=("rude", "late"))
    say(engine, "W1", 4, code="another", at=NOW + timedelta(days=2), keep=False)
    with reading(engine) as session:
        before, after = thread_of(session, "consumer/W1")
        assert voice_of(session, first) == before
        assert find_voices(session, carrier="BLUEBIRD") == [after, before]
        assert find_voices(session, carrier="BLUEBIRD", before=after.voice_no, rater=Rater.CONSUMER) == [before]
        assert find_voices(session, carrier="EVENWAY") == []
    assert (before.turn, before.stars, before.tags) == (0, {Aspect.OVERALL: 2}, ("late", "rude"))
    assert (after.turn, after.overall, after.weight) == (1, 4, Weight(100))


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_lets_nobody_change_or_delete_what_was_said(engine: Engine, change: str) -> None:
    number = say(engine, "W1", 3)
    with transaction(engine) as session:
        voice = voice_of(session, number)
        assert voice is not None
        record_note(session, voice, "sorry", role=Role.CARRIER, author="BLUEBIRD", rules=RULES, now=NOW)
    with pytest.raises(DBAPIError, match="never changed or deleted"), engine.begin() as connection:
        connection.execute(sa.text(change))


def test_postgresql_lets_nobody_empty_the_table(postgres_engine: Engine) -> None:
    with pytest.raises(DBAPIError, match="never changed"), postgres_engine.begin() as connection:
        connection.execute(sa.text("TRUNCATE voice, voice_weight, voice_note"))


def test_sqlite_lets_nobody_replace_a_voice(sqlite_engine: Engine) -> None:
    say(sqlite_engine, "W1", 3)
    copy = "INSERT OR REPLACE INTO voice SELECT {} FROM voice"
    names = [each["name"] for each in sa.inspect(sqlite_engine).get_columns("voice")]
    for key in ("voice_no", "thread", "code_hash"):
        others = {"voice_no": "99", "thread": "'other'", "code_hash": "x'00'"}
        others.pop(key)
        told = ",".join(others.get(name, name) for name in names)
        with pytest.raises(DBAPIError, match="never changed"), sqlite_engine.begin() as connection:
            connection.execute(sa.text(copy.format(told)))


def test_a_code_is_used_once(engine: Engine) -> None:
    say(engine, "W1", 5, code="once")
    with pytest.raises(VoiceRefused) as refused:
        say(engine, "W2", 5, code="once")
    assert refused.value.code == Refusal.CODE_USED


def test_follow_ups_are_counted(engine: Engine) -> None:
    say(engine, "W1", 1)
    for turn in range(RULES.follow_ups):
        say(engine, "W1", 1, code=f"c{turn}", keep=False)
    with pytest.raises(VoiceRefused) as refused:
        say(engine, "W1", 1, code="more", keep=False)
    assert refused.value.code == Refusal.FOLLOW_UPS_USED


@pytest.mark.parametrize(
    ("review", "why"),
    [
        (Review({}), Refusal.STARS_INVALID),
        (Review({Aspect.QUALITY: 4}), Refusal.STARS_INVALID),
        (Review(stars(6)), Refusal.STARS_INVALID),
        (Review(stars(0)), Refusal.STARS_INVALID),
        (Review(stars(4), ["王先生"]), Refusal.TAGS_INVALID),
    ],
)
def test_what_is_no_review_is_refused(sqlite_engine: Engine, review: Review, why: Refusal) -> None:
    with transaction(sqlite_engine) as session, pytest.raises(VoiceRefused) as refused:
        record_review(session, delivered("W1"), review, code_hash=b"c", origin=origin_of(1), by_staff=False,
                      rules=RULES, now=NOW)  # fmt: skip
    assert refused.value.code == why


def test_only_a_delivered_parcel_is_reviewed_and_not_for_ever() -> None:
    check_reviewable(delivered("W1"), RULES, now=NOW)
    under_way = delivered("W1", state=State.IN_TRANSIT, final_at=None)
    for parcel, moment, why in (
        (under_way, NOW, Refusal.NOT_DELIVERED),
        (delivered("W1", state=State.RETURNED), NOW, Refusal.NOT_DELIVERED),
        (delivered("W1"), NOW + RULES.open_for, Refusal.REVIEW_CLOSED),
    ):
        with pytest.raises(VoiceRefused) as refused:
            check_reviewable(parcel, RULES, now=moment)
        assert refused.value.code == why


def test_the_companys_own_people_weigh_nothing_and_so_does_what_follows(engine: Engine) -> None:
    with transaction(engine) as session:
        save_staff_device(session, origin_of(7), "BLUEBIRD", now=NOW)
        save_staff_device(session, origin_of(7), "BLUEBIRD", now=NOW)
    say(engine, "W1", 5, by=7)
    say(engine, "W2", 5, by=8, by_staff=True)
    say(engine, "W3", 5, by=7, carrier="EVENWAY")
    say(engine, "W1", 5, by=9, code="follow", keep=False)
    with reading(engine) as session:
        weights = {each.thread + str(each.turn): each.weight for each in find_voices(session)}
    assert weights == {
        "consumer/W10": Weight(0, (Doubt.OWN_STAFF,)),
        "consumer/W11": Weight(0, (Doubt.OWN_STAFF,)),
        "consumer/W20": Weight(0, (Doubt.OWN_STAFF,)),
        "consumer/W30": Weight(100),
    }


def test_a_parcel_that_never_left_one_courier_is_the_couriers_own() -> None:
    own = {"first_operator": "C1", "last_operator": "C1", "first_station": "HZ-1", "last_station": "HZ-1"}
    assert is_own_parcel(delivered("W1", **own))
    assert not is_own_parcel(delivered("W1", **{**own, "last_station": "SH-2"}))
    assert not is_own_parcel(delivered("W1", **{**own, "last_operator": "C2"}))
    assert not is_own_parcel(delivered("W1", **{**own, "first_operator": None, "last_operator": None}))


def test_origins_are_forgotten_and_weights_stay(engine: Engine) -> None:
    with transaction(engine) as session:
        save_staff_device(session, origin_of(7), "BLUEBIRD", now=NOW)
    number = say(engine, "W1", 5, by=7)
    with transaction(engine) as session:
        assert forget_origins(session, RULES, now=NOW + RULES.kept_for - timedelta(seconds=1)) == 0
        assert forget_origins(session, RULES, now=NOW + RULES.kept_for) == 1
        voice = voice_of(session, number)
        left = session.connection().scalar(sa.text("SELECT (SELECT count(*) FROM staff_device)"))
    assert voice is not None
    assert (voice.weight.hundredths, left) == (0, 0)


def test_an_inspection_that_is_put_right_takes_the_place_of_the_first(engine: Engine) -> None:
    day = NOW.date()
    listed = checklist_of(Checked.STATION, day)
    answers = {item.code: Answer.YES for item in listed.items}
    told = {"inspection": UUID(int=1), "carrier": "BLUEBIRD", "station": "HZ-1", "division": "330106", "day": day,
            "author": "reg", "rules": RULES, "now": NOW}  # fmt: skip
    with transaction(engine) as session:
        record_inspection(session, answers=answers, **told)  # type: ignore[arg-type]
        worse = {**answers, listed.items[0].code: Answer.NO}
        second = record_inspection(session, answers=worse, **told)  # type: ignore[arg-type]
        with pytest.raises(VoiceRefused) as refused:
            record_inspection(session, answers={}, **told)  # type: ignore[arg-type]
        voice = voice_of(session, second)
    assert refused.value.code == Refusal.ANSWERS_INVALID
    assert voice is not None
    assert (voice.turn, voice.checklist, voice.answers) == (1, listed.version, worse)
    assert voice.stars[Aspect.REPUTATION] < 5


def test_a_reply_and_a_note_stand_under_a_voice_and_found_false_counts_nothing(engine: Engine) -> None:
    number = say(engine, "W1", 1)
    say(engine, "W1", 1, code="follow", keep=False)
    for role, author, code in ((Role.CARRIER, "BLUEBIRD", "checked_no_fault"), (Role.REGULATOR, "reg", "found_false")):
        with transaction(engine) as session:
            voice = voice_of(session, number)
            assert voice is not None
            record_note(session, voice, code, role=role, author=author, rules=RULES, now=NOW)
            with pytest.raises(VoiceRefused) as refused:
                record_note(session, voice, "please delete", role=role, author=author, rules=RULES, now=NOW)
            assert refused.value.code == Refusal.PHRASE_UNKNOWN
    with reading(engine) as session:
        voice, follow_up = thread_of(session, "consumer/W1")
    assert [(each.role, each.code) for each in voice.notes] == [
        ("carrier", "checked_no_fault"), ("regulator", "found_false"),
    ]  # fmt: skip
    assert voice.weight == follow_up.weight == Weight(0, (Doubt.FOUND_FALSE,))
