"""How the pages of the templates say things."""

from botapp.console.staged import words
from botapp.policy.approval import Stage, Step

STAGES = words.STAGES | {Stage.RETIRED: ("retired", "")}
STEPS = words.STEPS | {Step.RETIRE: "Retire"}
DONE = words.DONE | {
    Step.PUBLISH: "It is live.",
    Step.PAUSE: "Nobody gets it until a second person resumes it.",
    Step.RETIRE: "It is retired.",
}
