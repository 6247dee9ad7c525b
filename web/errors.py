"""What the web cannot answer (答复不了), and who must act.

    WebError
    ├── EventsArchived        nobody: the events went into an archive, which its keeper has
    ├── NotKnown              the asker: nothing is recorded under this name
    │   ├── ParcelNotFound
    │   ├── CarrierNotFound
    │   ├── ProductNotFound
    │   └── StationNotFound
    ├── QuestionRefused       the asker: the question itself cannot be read
    │   ├── RequestMalformed
    │   ├── CodeMalformed
    │   ├── WaybillMalformed
    │   ├── DivisionUnknown
    │   └── PageTokenInvalid
    ├── TokenRequired         the asker: this needs the administrator's token
    │   └── TokenWrong
    ├── NotReady              we: the store is away or at another schema
    └── RouteUndeclared       we: a route without a line in web.access

web.problems says which HTTP status each gets. `detail` is for people and carries nothing personal.
"""


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


class ProductNotFound(NotKnown):
    """No product is recorded under this GS1 key."""


class StationNotFound(NotKnown):
    """The registry knows no such station."""


class QuestionRefused(WebError):
    """The question itself cannot be read."""


class RequestMalformed(QuestionRefused):
    """The address or the query holds what no address may hold."""


class CodeMalformed(QuestionRefused):
    """Not a code of 1 to 64 letters, digits, - and _."""


class WaybillMalformed(QuestionRefused):
    """Not a waybill number in any spelling."""


class DivisionUnknown(QuestionRefused):
    """Not a division code of GB/T 2260; `asked` is what was given, in any shape."""

    def __init__(self, asked: str) -> None:
        super().__init__()
        self.asked = asked


class PageTokenInvalid(QuestionRefused):
    """`next` was not given out by this list."""


class TokenRequired(WebError):
    """This needs `Authorization: Bearer` with the administrator's token; on a page, it may be Basic's password."""


class TokenWrong(TokenRequired):
    """The token that was given is not the administrator's."""


class NotReady(WebError):
    """Requests cannot be answered yet; `detail` says why."""


class RouteUndeclared(WebError):
    """A route that web.access does not name: nobody may use it."""
