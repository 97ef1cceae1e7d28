"""Groups unanswered questions by likeness, so that staff answer many at once."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from botapp.storage.unanswered import Question
from botapp.understanding.faq.index import Rows
from botapp.understanding.intent.grams import plain
from botapp.understanding.intent.vectors import Vocabulary

_ALIKE = 0.45  # cosine to the first question of a group
_NAME_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that are alike. The name is of the oldest: it stays while that one is open."""

    name: str
    questions: tuple[Question, ...]


def group(questions: Sequence[Question]) -> list[Group]:
    """Each question with the oldest that it resembles; the largest groups first."""
    if not questions:
        return []
    vocabulary = Vocabulary.learn([question.text for question in questions])
    vectors = [vocabulary.vector(question.text) for question in questions]
    rows = Rows.of(vectors, vocabulary.width)
    members: dict[int, list[Question]] = {}
    for place, question in enumerate(questions):
        likeness = rows.similar(vectors[place])
        leaders = np.array(list(members), dtype=np.intp)
        nearest = int(leaders[np.argmax(likeness[leaders])]) if len(leaders) else None
        if nearest is not None and (
            likeness[nearest] >= _ALIKE or plain(questions[nearest].text) == plain(question.text)
        ):
            members[nearest].append(question)
        else:
            members[place] = [question]
    groups = [Group(_name(found[0]), tuple(found)) for found in members.values()]
    return sorted(groups, key=lambda found: -len(found.questions))


def _name(question: Question) -> str:
    key = f"{question.contact_id}:{question.event_key}"
    return hashlib.sha256(key.encode()).hexdigest()[:_NAME_LENGTH]
