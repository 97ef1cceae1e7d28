"""Reads the tables of config/optout into word lists, and says which language and key is wrong when one is."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from botapp.understanding.language import LanguageWords, Telling
from botapp.understanding.lexicon import Lexicon
from botapp.understanding.likeness import Likeness
from botapp.understanding.normalise import words_of_entry
from botapp.understanding.roles import ALONE, FIRST_HALVES, SECOND_HALVES, Role
from botapp.understanding.table import Table
from botapp.understanding.time_tables import TIME_KEYS, load_spans, load_times, time_roles
from botapp.understanding.vocabulary import WithdrawalWords
from botapp.understanding.wishes import Wish

# Section -> its lists -> what their entries are in a sentence.
_ROLES: Mapping[str, Mapping[str, Role]] = {
    "sentence": {
        "openers": Role.OPENER,
        "joins": Role.JOIN,
        "determiners": Role.DETERMINER,
        "articles": Role.ARTICLE,
        "keeps": Role.KEEP,
        "only": Role.ONLY,
        "yes": Role.YES,
        "no": Role.NO,
    },
    "stop": {
        "phrases": Role.EXIT,
        "guesses": Role.GUESS,
        "verbs": Role.VERB,
        "cancel": Role.CANCEL,
        "removal": Role.REMOVAL,
        "negations": Role.NEGATION,
        "no_more": Role.NO_MORE,
        "unwanted": Role.UNWANTED,
    },
    "about": {
        "messages": Role.MESSAGES,
        "writing": Role.WRITING,
        "naming": Role.NAMING,
        "receiving": Role.RECEIVING,
        "me": Role.ME,
        "neutral": Role.NEUTRAL,
    },
    "not_about": {"objects": Role.OTHER, "people": Role.PEOPLE, "reports": Role.REPORT},
    "mute": {
        "until_undone": Role.MUTE,
        "until_something": Role.MUTE,
        "again": Role.AGAIN,
        "afterwards": Role.AFTERWARDS,
        "until_then": Role.UNTIL_THEN,
    },
    "start": {
        "verbs": Role.RETURN,
        "phrases": Role.RETURN | Role.RECEIVING,
        "taken_back": Role.TAKEN_BACK,
        "told": Role.TOLD,
    },
    "person": {"talk": Role.TALK, "people": Role.PERSON, "phrases": Role.TALK | Role.PERSON},
    "data": {"show": Role.SHOW, "nouns": Role.DATA, "phrases": Role.SHOW | Role.DATA},
    "delete": {"verbs": Role.ERASE, "details": Role.DETAIL, "phrases": Role.ERASE | Role.DATA},
    "why": {"ask": Role.WHY, "phrases": Role.WHY | Role.RECEIVING},
    "complaint": {"phrases": Role.COMPLAINT},
}
# Sections whose "exact" entries are a wish as the whole message.
_WHOLE = {
    "stop": Wish.STOP,
    "start": Wish.START,
    "help": Wish.HELP,
    "bot": Wish.BOT,
    "person": Wish.PERSON,
    "data": Wish.DATA,
    "delete": Wish.DELETE,
    "why": Wish.WHY,
}
# So common that they tell little.
_ORDINARY = Role.OPENER | Role.JOIN | Role.DETERMINER | Role.NEUTRAL | Role.TIME
_KEYS = {
    "": {"fillers", "shorthand", "time", "help", "bot", "examples", *_ROLES},
    **{name: {*lists, "exact"} if name in _WHOLE else {*lists} for name, lists in _ROLES.items()},
    "help": {"exact"},
    "bot": {"exact"},
    **TIME_KEYS,
}
_KEYS["sentence"] |= {"order_is_free", "carrying_on"}
_KEYS["start"] |= {"wishing"}
_KEYS["mute"] |= {"for_a_while", "by_itself"}


def load_withdrawal_words(tables: Mapping[str, Mapping[str, object]], likeness: Likeness) -> WithdrawalWords:
    """Builds the lists from parsed TOML files, language code -> table; the first language wins ties without a hint.

    Raises ValueError naming language and key when a key is unknown, a value has the wrong type, an entry has no
    letters, or a word both stops and starts.
    """
    if not tables:
        raise ValueError("no withdrawal words: config/optout holds no language")
    # One after the other: all of them parsed take as much as what is made of them.
    languages = [_load_language(Table(language, "", table, _KEYS)) for language, table in tables.items()]
    return WithdrawalWords(languages, likeness)


def _load_language(top: Table) -> LanguageWords:
    sections = {name: top.table(name) for name in {*_ROLES, *_WHOLE}}
    _refuse_contradictions(sections["stop"], sections["start"])
    top.table("examples")
    by_itself = load_spans(sections["mute"].table("by_itself"))
    mutes = dict.fromkeys(sections["mute"].entries("until_undone")) | by_itself
    mutes |= load_spans(sections["mute"].table("for_a_while"))
    time_table = top.table("time")
    roles = _roles(sections)
    for entry in mutes:
        roles[entry] = roles.get(entry, 0) | int(Role.MUTE)
    for entry, role in time_roles(time_table).items():
        roles[entry] = roles.get(entry, 0) | int(role)
    fillers = top.entries("fillers")
    shorthand = _shorthand(top.table("shorthand"))
    spelled = {entry: words_of_entry(entry) for entry in roles}
    for entry, full in _in_full(spelled, shorthand).items():
        roles[full] = roles.get(full, 0) | roles[entry]
        spelled[full] = words_of_entry(full)
        if entry in mutes:
            mutes.setdefault(full, mutes[entry])
    return LanguageWords(
        language=top.language,
        is_order_free=sections["sentence"].flag("order_is_free"),
        courtesies=top.phrases("fillers"),
        whole={wish: sections[name].phrases("exact") for name, wish in _WHOLE.items()},
        lexicon=_lexicon(top, roles, spelled, fillers),
        telling=_telling(roles, spelled, fillers),
        mutes=mutes,
        mutes_by_itself=frozenset(by_itself),
        mutes_until=frozenset(sections["mute"].entries("until_something")),
        times=load_times(time_table),
        shorthand=shorthand,
        carrying_on=_words_of(sections["sentence"].entries("carrying_on")),
        wishing=_words_of(sections["start"].entries("wishing")),
    )


def _words_of(entries: Iterable[str]) -> frozenset[str]:
    return frozenset(word for entry in entries for word in words_of_entry(entry))


def _in_full(spelled: Mapping[str, Sequence[str]], shorthand: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """The entries that are written short, in full, as a message is read."""
    return {
        entry: " ".join(full for word in words for full in shorthand.get(word, (word,)))
        for entry, words in spelled.items()
        if not shorthand.keys().isdisjoint(words)
    }


def _shorthand(table: Table) -> dict[str, tuple[str, ...]]:
    shorthand: dict[str, tuple[str, ...]] = {}
    for entry, full in table.items():
        short = words_of_entry(entry)
        if len(short) != 1 or not isinstance(full, str) or not words_of_entry(full):
            raise ValueError(f"{table.where}: {entry!r} must be one word, and what it is short for a text")
        shorthand[short[0]] = words_of_entry(full)
    return shorthand


def _roles(sections: Mapping[str, Table]) -> dict[str, int]:
    """The roles of each entry together, as plain numbers: members of an IntFlag would take most of the loading."""
    roles: dict[str, int] = {}
    for name, lists in _ROLES.items():
        for key, role in lists.items():
            for entry in sections[name].entries(key):
                roles[entry] = roles.get(entry, 0) | int(role)
    return roles


def _telling(roles: Mapping[str, int], spelled: Mapping[str, Sequence[str]], fillers: Iterable[str]) -> Telling:
    """For each entry that may tell a wish the word that is least common; it stands for the whole entry."""
    told, ordinary_roles = int(ALONE | FIRST_HALVES | SECOND_HALVES), int(_ORDINARY)
    telling = {entry: words for entry, words in spelled.items() if roles[entry] & told and words}
    counts = Counter(word for words in telling.values() for word in words)
    tells_anyway = {words[0] for entry, words in telling.items() if len(words) == 1 and roles[entry] & int(ALONE)}
    ordinary = {word for entry in fillers for word in words_of_entry(entry)}
    ordinary |= {entry for entry, role in roles.items() if role & ordinary_roles}

    def commonness(word: str) -> tuple[bool, bool, int, int]:
        return word not in tells_anyway, word in ordinary, -len(word), counts[word]

    standing_for = {
        entry: words[0] if len(words) == 1 else min(words, key=commonness) for entry, words in telling.items()
    }

    def words_of(wanted: int) -> frozenset[str]:
        return frozenset(word for entry, word in standing_for.items() if roles[entry] & wanted)

    return Telling(words_of(int(ALONE)), words_of(int(FIRST_HALVES)), words_of(int(SECOND_HALVES)))


def _lexicon(
    top: Table, roles: Mapping[str, int], spelled: Mapping[str, Sequence[str]], fillers: Iterable[str]
) -> Lexicon:
    try:
        return Lexicon(roles, spelled, fillers)
    except ValueError as error:
        raise ValueError(f"{top.where}: {error}") from error


def _refuse_contradictions(stop: Table, start: Table) -> None:
    """A word that withdraws may not also revive."""
    exits = {entry for key in ("exact", "phrases", "verbs") for entry in stop.entries(key)}
    if both := exits.intersection(start.entries("exact")):
        raise ValueError(f"{start.where}: also stop words: {', '.join(sorted(both))}")
