"""What an answer is about, beside its kind: a FAQ entry by its name, or one of these until it goes out."""

from botapp.conversation.answers import AnswerKind

A_QUESTION = "?"  # something was asked, beside what a greeting or the question whether a stop was meant answers
WHETHER_IT_HELPED = "satisfaction"  # it asks for that
_ELSE = "else:"  # and the kind of answer that a greeting becomes where another has greeted meanwhile


def instead_of_greeting(kind: AnswerKind) -> str:
    """What a greeting is about that answers no question."""
    return f"{_ELSE}{kind}"


def kind_without_greeting(about: str | None) -> AnswerKind:
    """Which answer a greeting becomes where another has greeted meanwhile."""
    return AnswerKind(about.removeprefix(_ELSE)) if about and about.startswith(_ELSE) else AnswerKind.ANSWER


def is_asked(about: str | None) -> bool:
    """Whether there is a question to be answered with it."""
    return about is not None and about != WHETHER_IT_HELPED and not about.startswith(_ELSE)
