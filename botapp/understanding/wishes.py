"""The wishes that are listened for."""

from enum import StrEnum


class Wish(StrEnum):
    """What a person asked of us."""

    STOP = "stop"
    TOPIC_STOP = "topic_stop"  # of some messages, others are welcome
    START = "start"
    RETURN = "return"  # to hear from us again, in words that are no START: they are told which word it takes
    MUTE = "mute"
    GO_ON = "go_on"  # tapped: what sounded like a stop was none
    OPT_IN = "opt_in"  # tapped yes on the opt-in question
    OPT_OUT_OF_QUESTION = "opt_out_of_question"  # tapped no
    HELP = "help"
    PERSON = "person"
    BOT = "bot"  # only ever tapped: to go on with the bot instead of waiting for a person
    DATA = "data"  # to see what is known of them
    DELETE = "delete"  # to have it deleted; asked back before anything happens
    DELETE_CONFIRMED = "delete_confirmed"  # only ever tapped
    WHY = "why"  # why a message of ours came
    PREFERENCE = "preference"  # to see or change a setting of their own
    COMPLAINT = "complaint"
