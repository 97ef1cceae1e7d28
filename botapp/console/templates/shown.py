"""How the pages of the templates say things."""

from botapp.policy.template_stage import Refusal, Stage, Step

STAGES = {  # what people read, and the kind of its pill
    Stage.DRAFT: ("draft", ""),
    Stage.IN_REVIEW: ("in review", "warn"),
    Stage.APPROVED: ("approved", "good"),
    Stage.LIVE: ("live", "good"),
    Stage.PAUSED: ("paused", "bad"),
    Stage.RETIRED: ("retired", ""),
}
STEPS = {
    Step.SUBMIT: "Ask for approval",
    Step.APPROVE: "Approve",
    Step.RETURN: "Return to its author",
    Step.PUBLISH: "Put live",
    Step.PAUSE: "Pause",
    Step.RESUME: "Resume",
    Step.RETIRE: "Retire",
}
DONE = {
    Step.SUBMIT: "Submitted: another person is to approve it.",
    Step.RETURN: "It is a draft again.",
    Step.APPROVE: "Your approval is on record.",
    Step.PUBLISH: "It is live.",
    Step.PAUSE: "Nobody gets it until a second person resumes it.",
    Step.RESUME: "It is live again.",
    Step.RETIRE: "It is retired.",
}
REFUSALS = {
    Refusal.WRONG_STAGE: "It has moved on meanwhile. Please look again.",
    Refusal.OWN_WORK: "You wrote or submitted it: another person approves it.",
    Refusal.APPROVED_ALREADY: "You have approved it already; the page asks for a second person.",
    Refusal.MORE_APPROVALS: "The page asks for more approvals by now. Return it to its author, and submit it again.",
    Refusal.SECOND_PERSON: "Whoever paused it does not resume it. Please ask a second person.",
    Refusal.NO_REASON: "Please say why, in a sentence or two.",
}
