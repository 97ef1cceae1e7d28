"""What a word or phrase of config/optout can be in a sentence. One entry may have several roles."""

from enum import IntFlag, auto


class Role(IntFlag):
    """A role, named as the tables name it: the section of the file, then the key."""

    UNKNOWN = auto()  # in no list
    OPENER = auto()  # sentence.openers: "can you", "I want to"
    JOIN = auto()  # sentence.joins: "because", "and"; a new clause begins
    DETERMINER = auto()  # sentence.determiners: "the", "my", "by"; the next word is the object
    KEEP = auto()  # sentence.keeps: "are fine", "still want"
    ONLY = auto()  # sentence.only: "only", "just"; what follows shall go on
    EXIT = auto()  # stop.phrases: withdraw wherever they stand
    GUESS = auto()  # stop.guesses: may be meant as a withdrawal
    VERB = auto()  # stop.verbs: withdraw unless they have another object
    CANCEL = auto()  # stop.cancel: withdraw with our messages as object
    REMOVAL = auto()  # stop.removal: withdraw with the person as object
    NEGATION = auto()  # stop.negations
    NO_MORE = auto()  # stop.no_more
    UNWANTED = auto()  # stop.unwanted: "I don't want", "sick of"
    MESSAGES = auto()  # about.messages
    WRITING = auto()  # about.writing
    NAMING = auto()  # about.naming: "calling", which may also give a name
    RECEIVING = auto()  # about.receiving
    ME = auto()  # about.me
    NEUTRAL = auto()  # about.neutral: change nothing
    OTHER = auto()  # not_about.objects
    PEOPLE = auto()  # not_about.people: it is about somebody else
    REPORT = auto()  # not_about.reports: "arrived", "received"; tells of messages instead of wishing
    MUTE = auto()  # mute.until_undone and mute.for_a_while
    AGAIN = auto()  # mute.again: "ask me again", with a time
    TIME = auto()  # words of [time]
    TALK = auto()  # person.talk
    PERSON = auto()  # person.people
    SHOW = auto()  # data.show
    DATA = auto()  # data.nouns
    ERASE = auto()  # delete.verbs
    WHY = auto()  # why.ask
    COMPLAINT = auto()  # complaint.phrases
    NUMBER = auto()  # digits that are no time: so many pieces, unless it is about our messages
    RETURN = auto()  # start.verbs: "resume", "turn back on", with our messages as object
    TAKEN_BACK = auto()  # start.taken_back: "changed my mind"; a stop that was told of is none
    TOLD = auto()  # start.told: "i told you to", "last month"; so is one where a wish to hear from us follows
    AFTERWARDS = auto()  # mute.afterwards: "after that"; until the time said before nothing is wanted
    UNTIL_THEN = auto()  # mute.until_then: "before that", which says the same
    DETAIL = auto()  # delete.details: "my address"; who has two of them erased wants all erased
    YES = auto()  # sentence.yes: "yes"; what stands before it shall go on: "orders yes, ads no"
    NO = auto()  # sentence.no: "no"; what stands before it is refused where something else has a "yes"
    ARTICLE = auto()  # sentence.articles: "the", "my"; a word that no list knows is a thing after it


# Longer entries of these also are what their words are: "send me" asks for data, and "don't send me" sends nothing.
INHERITING = Role.SHOW | Role.TALK | Role.AGAIN | Role.RETURN | Role.ERASE | Role.WRITING | Role.NAMING | Role.RECEIVING
INHERITED = Role.WRITING | Role.NAMING | Role.RECEIVING | Role.MESSAGES | Role.ME

# What may say a wish alone; or else two halves of which a message needs one each.
ALONE = Role.EXIT | Role.GUESS | Role.VERB | Role.MUTE | Role.AGAIN | Role.PERSON | Role.COMPLAINT
FIRST_HALVES = (
    Role.NEGATION
    | Role.NO_MORE
    | Role.UNWANTED
    | Role.CANCEL
    | Role.REMOVAL
    | Role.WHY
    | Role.RETURN
    | Role.SHOW
    | Role.ERASE
    | Role.AFTERWARDS
    | Role.NO
)
SECOND_HALVES = Role.MESSAGES | Role.WRITING | Role.NAMING | Role.RECEIVING | Role.ME | Role.DATA | Role.DETAIL
