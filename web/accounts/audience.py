"""The audience (受众): whom a route serves, and how far into it each may reach."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tracker.access.api_tokens import TokenScope
from tracker.access.roles import Role, Scope
from tracker.access.sessions import Standing
from web.accounts.asker import Asker
from web.accounts.forms import FORM, FormSize
from web.errors import LoginRequired, NotAllowed, ScopeMissing, StandingRequired

Within = Callable[[Scope, Mapping[str, str]], bool]
FULL = frozenset({Standing.FULL})


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a route serves.

    `everybody`: without a login too. `roles`: who else, or who sees more. `token`: the scope with which a program may
    come; None: no program. `standings`: how far a session must have come. `within`: whether an account's scope holds
    what the address names; a list shows what its account's scope holds. `login_form`: it is sent before a session is.
    `form`: how large a form is taken.
    """

    everybody: bool = False
    roles: frozenset[Role] = frozenset()
    token: TokenScope | None = None
    standings: frozenset[Standing] = FULL
    within: Within | None = None
    login_form: bool = False
    form: FormSize = FORM

    @property
    def looks(self) -> bool:
        """Whether it matters who asks: else no page waits for the store to say."""
        return bool(self.roles)

    def admit(self, asker: Asker, path_params: Mapping[str, str]) -> None:
        """Raises LoginRequired, ScopeMissing, StandingRequired or NotAllowed unless the asker may come in."""
        if self.everybody:
            return
        if asker.account is None:
            raise LoginRequired
        if asker.token is not None and (self.token is None or self.token not in asker.token.scopes):
            raise ScopeMissing(f"scope {self.token}" if self.token else "no token opens this: log in")
        if asker.session is not None and asker.session.standing not in self.standings:
            raise StandingRequired(asker.session.standing)
        if asker.account.role not in self.roles:
            raise NotAllowed
        if self.within is not None and not self.within(asker.account.scope, path_params):
            raise NotAllowed

    def sees_more(self, asker: Asker) -> bool:
        """On a route for everybody: whether the asker is one of those who see more of it."""
        if asker.account is None or asker.account.role not in self.roles:
            return False
        if asker.session is not None:
            return asker.session.standing in self.standings
        return asker.token is not None and self.token in asker.token.scopes


def of_own_carrier(scope: Scope, path_params: Mapping[str, str]) -> bool:
    """A carrier reaches the stations under its own code; who has no carrier's scope reaches all."""
    return scope.carrier in (None, path_params["carrier"])
