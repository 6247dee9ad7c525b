"""What the web cannot answer (答复不了), and who must act.

    WebError
    ├── EventsArchived        nobody: the events went into an archive, which its keeper has
    ├── NotKnown              the asker: nothing is recorded under this name
    │   ├── ParcelNotFound
    │   ├── CarrierNotFound
    │   ├── AccountNotFound
    │   ├── ProductNotFound
    │   ├── RequestNotFound
    │   ├── DraftNotFound
    │   ├── ReviewNotFound
    │   ├── ObjectionNotFound
    │   ├── RunNotFound
    │   ├── StationNotFound
    │   ├── ArchiveNotFound
    │   └── CaseNotFound
    ├── QuestionRefused       the asker: the question itself cannot be read
    │   ├── RequestMalformed
    │   ├── CodeMalformed
    │   ├── WaybillMalformed
    │   ├── DivisionUnknown
    │   ├── CarriersMiscounted
    │   ├── FigureUnknown
    │   └── PageTokenInvalid
    ├── AccessRefused         the asker: who asks may not, or not yet
    │   ├── LoginRequired     log in, or send a bearer token
    │   ├── TokenWrong        the bearer token is none in force
    │   ├── ScopeMissing      the token has not the scope that this needs
    │   ├── NotAllowed        role or scope of the account do not reach here
    │   ├── StandingRequired  first the second factor, or a password of one's own
    │   ├── SecondFactorStale first the second factor again
    │   ├── TailWrong         not the recipient's last four digits
    │   ├── SecondFactorTaken it was set up a moment before: log in with that one
    │   └── FormExpired       the form is not of this session: open it again
    ├── TooBusy               nobody: too many logins or reports at once, try again
    ├── TooManyTries          the asker: too many wrong tries at a parcel's door; wait
    ├── ReportKeysMissing     we: the keys that sign reports are on another server
    ├── ReportUnprintable     we: no font has one of its characters
    ├── NotReady              we: the store is away or at another schema
    └── RouteUndeclared       we: a route without a line in web.access

web.problems says which HTTP status each gets. `detail` is for people and carries nothing personal.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker.access.sessions import Standing


class WebError(Exception):
    """A question to the web that has no answer. `detail` may be None: the problem's title says it all."""

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or type(self).__name__)
        self.detail = detail


class NotKnown(WebError):
    """Nothing is recorded under this name; `subject` is the name as asked, already checked in shape."""

    def __init__(self, subject: str) -> None:
        super().__init__()
        self.subject = subject


class ParcelNotFound(NotKnown):
    """No event of this waybill number is recorded."""


class EventsArchived(WebError):
    """Events of this parcel are in an archive, and their proof with them; `detail` names the months."""


class CarrierNotFound(NotKnown):
    """No carrier has this code or USCC."""


class AccountNotFound(NotKnown):
    """No account has this login name."""


class ProductNotFound(NotKnown):
    """No product is recorded under this GS1 key."""


class StationNotFound(NotKnown):
    """The registry knows no such station."""


class RequestNotFound(NotKnown):
    """No rights request has this number."""


class DraftNotFound(NotKnown):
    """The account's committee has no draft of this number."""


class ReviewNotFound(NotKnown):
    """No review of this carrier has this number."""


class ArchiveNotFound(NotKnown):
    """No archive is kept about this holder."""


class CaseNotFound(NotKnown):
    """No complaint has this receipt number, or it lies outside the asker's scope."""


class ObjectionNotFound(NotKnown):
    """No objection within reach has this number, or what was attached is gone."""


class RunNotFound(NotKnown):
    """No saved run has this id, or none is saved for the period and division."""


class QuestionRefused(WebError):
    """The question itself cannot be read.

    Where a query's `parameter` is at fault: what was `asked`, and what is `allowed` where that is a list.
    """

    parameter = ""

    def __init__(self, detail: str | None = None, *, asked: str = "", allowed: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.asked = asked
        self.allowed = allowed


class RequestMalformed(QuestionRefused):
    """The address or the query holds what no address may hold."""


class CodeMalformed(QuestionRefused):
    """Not a code of 1 to 64 letters, digits, - and _."""

    parameter = "carrier"

    def __init__(self, asked: str = "") -> None:
        super().__init__("1 to 64 letters, digits, - and _", asked=asked)


class WaybillMalformed(QuestionRefused):
    """Not a waybill number in any spelling."""


class DivisionUnknown(QuestionRefused):
    """Not a division code of GB/T 2260; `asked` is what was given, in any shape."""

    parameter = "division"

    def __init__(self, asked: str) -> None:
        super().__init__("a GB/T 2260 code of 6 digits, or a name that only one division has", asked=asked)


class CarriersMiscounted(QuestionRefused):
    """More or fewer carriers than can stand beside each other; `detail` says how many can."""


class FigureUnknown(QuestionRefused):
    """Not a figure that can be shown by province; `allowed` are those that can."""

    parameter = "figure"


class PageTokenInvalid(QuestionRefused):
    """`next` was not given out by this list."""


class AccessRefused(WebError):
    """Who asks may not, or not yet."""


class LoginRequired(AccessRefused):
    """This needs a login, or `Authorization: Bearer` with an API token."""


class TokenWrong(AccessRefused):
    """The bearer token that was sent is none in force."""


class ScopeMissing(AccessRefused):
    """The token has not the scope that this needs; `detail` names it."""


class NotAllowed(AccessRefused):
    """The account's role does not reach here, or what the address names lies outside its scope."""


class StandingRequired(AccessRefused):
    """The session has not come far enough; `standing` is how far it has."""

    def __init__(self, standing: "Standing") -> None:
        super().__init__()
        self.standing = standing


class SecondFactorStale(AccessRefused):
    """This needs a second factor that was shown a moment ago."""


class SecondFactorTaken(AccessRefused):
    """Another request set the account's second factor up a moment before."""


class FormExpired(AccessRefused):
    """A form without this session's token: from another site, or older than the login."""


class TailWrong(AccessRefused):
    """Not the last four digits of the recipient's telephone."""


class TooBusy(WebError):
    """Too many logins, or reports, at once; the next seconds are better."""


class ReportKeysMissing(WebError):
    """This installation's data dir holds no key to sign a report with."""


class ReportUnprintable(WebError):
    """No font has a character of the report; the log names it and the setting."""


class TooManyTries(WebError):
    """Too many wrong tries at a parcel's door; `wait` until the next one counts."""

    def __init__(self, wait: timedelta) -> None:
        seconds = int(wait.total_seconds()) + 1
        super().__init__(f"try again in {seconds} s, or without a token")
        self.headers = {"Retry-After": str(seconds)}


class NotReady(WebError):
    """Requests cannot be answered yet; `detail` says why."""


class RouteUndeclared(WebError):
    """A route that web.access does not name: nobody may use it."""
