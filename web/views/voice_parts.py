"""Parts of voices' pages (评价部件): stars, tags, weight and replies of one voice, already worded."""

from collections.abc import Iterable
from dataclasses import dataclass

from credit_scoring.voices.aspects import Aspect, Rater
from credit_scoring.voices.catalogue import Phrase, catalogue
from credit_scoring.voices.checklist import checklist
from credit_scoring.voices.rules import FULL, voice_rules
from credit_scoring.voices.voice import Note, Voice
from web.views.parts import Chip, Choice
from web.views.times import Moment, full_moment
from web.words import Words


@dataclass(frozen=True, slots=True)
class StarLine:
    """An aspect and its stars, drawn and in words."""

    title: str
    drawn: str
    text: str


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A reply or a note."""

    who: str
    text: str
    at: Moment


@dataclass(frozen=True, slots=True)
class VoiceCard:
    """One voice. `weight` and `why` are empty where nothing speaks against it."""

    number: int
    who: str
    about: str
    at: Moment
    stars: tuple[StarLine, ...]
    tags: tuple[Chip, ...]
    weight: Chip | None
    why: tuple[str, ...]
    notes: tuple[NoteLine, ...]
    replies: tuple[Choice, ...]
    reply_href: str


def say(words: Words, phrase: Phrase) -> str:
    """A phrase in the page's language."""
    return phrase.en if words.lang == "en" else phrase.zh


def build_card(words: Words, voice: Voice, *, replies: Iterable[Phrase] = ()) -> VoiceCard:
    """A voice for people; `replies` are what who asks may put under it."""
    return VoiceCard(
        number=voice.voice_no,
        who=_who(words, voice),
        about=_about(words, voice),
        at=full_moment(voice.recorded_at),
        stars=tuple(star_line(words, aspect, given) for aspect, given in voice.stars.items()),
        tags=tuple(Chip(say(words, phrase), "note") for code in voice.tags if (phrase := catalogue().tags.get(code))),
        weight=_weight(words, voice),
        why=tuple(_why(words, voice)),
        notes=tuple(_note(words, each) for each in voice.notes),
        replies=tuple(Choice(each.code, say(words, each)) for each in replies),
        reply_href=f"/carriers/{voice.carrier}/reviews/{voice.voice_no}/notes",
    )


def star_line(words: Words, aspect: Aspect, given: int) -> StarLine:
    """★★★★☆, and in words."""
    return StarLine(words(f"aspect.{aspect}"), "★" * given + "☆" * (5 - given), words("voice.of_five", stars=given))


def _who(words: Words, voice: Voice) -> str:
    if voice.rater is Rater.CONSUMER and voice.turn:
        return words("voice.follow_up")
    return words(f"rater.{voice.rater}")


def _about(words: Words, voice: Voice) -> str:
    listed = checklist(voice.checklist) if voice.checklist else None
    if listed is not None and voice.period is not None:
        station = f" · {voice.station}" if voice.station else ""
        return f"{voice.period.since} · {say(words, listed.title)}{station}"
    return f"{voice.author} · {voice.period.since:%Y-%m}" if voice.period else ""


def _weight(words: Words, voice: Voice) -> Chip | None:
    if voice.weight.hundredths == FULL:
        return None
    return Chip(words("voice.weight", percent=voice.weight.hundredths), "warn")


def _why(words: Words, voice: Voice) -> Iterable[str]:
    rules = voice_rules().doubts
    return (rules[doubt].en if words.lang == "en" else rules[doubt].zh for doubt in voice.weight.doubts)


def _note(words: Words, note: Note) -> NoteLine:
    phrase = {**catalogue().replies, **catalogue().notes}.get(note.code)
    return NoteLine(
        words(f"role.{note.role}"), say(words, phrase) if phrase else note.code, full_moment(note.recorded_at)
    )
