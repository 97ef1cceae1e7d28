"""Refusals of the Graph API, in its own JSON shape (platform-reference 2.3 and 2.5)."""

from dataclasses import dataclass

from botapp.sandbox.records import JsonObject


@dataclass(frozen=True, slots=True)
class GraphError:
    """One refusal. The message is for people; programs branch on code and subcode."""

    code: int
    message: str
    subcode: int | None = None
    kind: str = "OAuthException"
    is_transient: bool = False

    def to_body(self, trace_id: str) -> JsonObject:
        """The body of the answer."""
        error: JsonObject = {"message": f"(#{self.code}) {self.message}", "type": self.kind, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.is_transient:
            error["is_transient"] = True
        error["fbtrace_id"] = trace_id
        return {"error": error}


TOKEN_INVALID = GraphError(190, "The access token is not valid for any page of this platform.")
NO_SUCH_PERSON = GraphError(100, "There is no person with this id who has written to this page.", 2018001)
UNAVAILABLE = GraphError(551, "This person isn't receiving messages from you right now.", 1545041)
THREAD_TAKEN = GraphError(10, "Another app controls this thread now.", 2018300)
OUTSIDE_WINDOW = GraphError(10, "This message is sent outside of the allowed window.", 2018278)
NOT_A_NEWS_PAGE = GraphError(10, "Outside the window, and this page is not registered for news messaging.", 2018065)
TOO_FAST = GraphError(613, "Calls to this API have exceeded the rate limit.", is_transient=True)
NOT_VISIBLE = GraphError(100, "This object does not exist or this token may not see it.", 33, "GraphMethodException")
NO_PROFILE = GraphError(100, "No profile is available for this person.", 2018218)
UNKNOWN_PATH = GraphError(2500, "Unknown path components.")


def bad_parameter(message: str, subcode: int | None = None) -> GraphError:
    """Code 100: the caller's own mistake, named."""
    return GraphError(100, message, subcode)
