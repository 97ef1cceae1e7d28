"""How the pages say how far a version has come; each kind adds how it says that its way is over."""

from botapp.policy.approval import Refusal, Stage, Step

Pill = tuple[str, str]  # what people read, and its kind
STAGES: dict[Stage, Pill] = {
    Stage.DRAFT: ("draft", ""),
    Stage.IN_REVIEW: ("in review", "warn"),
    Stage.APPROVED: ("approved", "good"),
    Stage.LIVE: ("live", "good"),
    Stage.PAUSED: ("paused", "bad"),
}
STEPS = {
    Step.SUBMIT: "Ask for approval",
    Step.APPROVE: "Approve",
    Step.RETURN: "Return to its author",
    Step.PUBLISH: "Put live",
    Step.PAUSE: "Pause",
    Step.RESUME: "Resume",
}
DONE = {
    Step.SUBMIT: "Submitted: another person is to approve it.",
    Step.RETURN: "It is a draft again.",
    Step.APPROVE: "Your approval is on record.",
    Step.RESUME: "It is live again.",
}
REFUSALS = {
    Refusal.WRONG_STAGE: "It has moved on meanwhile. Please look again.",
    Refusal.OWN_WORK: "You wrote or submitted it: another person approves it.",
    Refusal.NO_PERSON: "A key that acts for nobody wrote it. Retire it, and let a person write it anew.",
    Refusal.APPROVED_ALREADY: "You have approved it already; the page asks for a second person.",
    Refusal.MORE_APPROVALS: "The page asks for more approvals by now. Return it to its author, and submit it again.",
    Refusal.SECOND_PERSON: "Whoever paused it does not resume it. Please ask a second person.",
    Refusal.NO_REASON: "Please say why, in a sentence or two.",
}
