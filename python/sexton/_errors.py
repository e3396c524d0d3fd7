"""What a call may raise. Nothing was deleted by a call that raises one of these."""
from __future__ import annotations


class SextonError(Exception):
    """A call that could not be done.

    Attributes:
        hint: what to do about it, if that is known.
        code: the service's name for its refusal, if the service refused.
        request_id: the service's id of the request, which its support asks for.
    """

    hint: str | None
    code: str | None
    request_id: str | None

    def __init__(self, message: str, hint: str | None = None, code: str | None = None,
                 request_id: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.code = code
        self.request_id = request_id

    def __str__(self) -> str:
        message = super().__str__()
        return f'{message} ({self.hint})' if self.hint else message


class InvalidInputError(SextonError, ValueError):
    """An argument cannot be meant. It is named, and nothing was sent."""


class CredentialsError(SextonError):
    """There are no credentials, or the service refuses them."""


class ForbiddenError(SextonError, PermissionError):
    """The credentials may not do this, and nothing tells who forbids it: a proxy, for one.

    A service that refuses by name lets a call go on, and what became of it is in the report.
    """


class NotFoundError(SextonError, LookupError):
    """There is no such vault or instance."""


class ThrottledError(SextonError):
    """The service accepted no request for longer than is waited."""


class UnreachableError(SextonError, ConnectionError):
    """The service did not answer."""


class ServiceError(SextonError):
    """The service failed or refused, for another reason."""


class UnfinishedListError(SextonError):
    """A list broke off: what was told of it is not all."""
