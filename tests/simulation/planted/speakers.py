"""Who notices which planted fault: the replay of the log too, or the oracle alone, who saw the world."""

# Faults whose world leaves a log that contradicts itself.
SHOWN_BY_THE_LOG = {
    "writes to who wants their data deleted",
    "reads a rule's budget and counts nothing in it",
    "reads a daily cap and counts nothing in it",
    "forgets what a rule allows one person",
    "ignores the customer's own quiet hours",
    "ignores how often the customer wants to hear from us",
    "a conversion is ignored",
    "a complaint is ignored",
    "writes after somebody else has answered",
    "decides outside the lock, and claims without a condition",
    "a late webhook moves the last interaction back",
    "one a calendar day",
    "the outcome's entry in a transaction of its own",
    "the claim's entry in a transaction of its own",
}
# Of these a log cannot tell, whoever replays it: it says what the code believed.
SEEN_BY_THE_ORACLE_ALONE = {
    # What was written to the platform is not what was put on record.
    "claims after the write",
    "sends again after a timeout",
    "takes no answer for a refusal",
    "takes a garbled answer for a refusal",
    "the sweep plans a lost claim again",
    "a late worker records over what is on record",
    # The instant of the write is not that of the claim.
    "looks at no clock before the write",
    "asks nobody after a slow connect",
    "confirms a no while a claim is in flight",
    # The event was put on record as something else than it was, or not at all.
    "the window begins when the webhook arrives",
    "anything at all begins a new silence",
    "goes on as ever with who asks for a person",
    "a mute ends hours early",
    "any message undoes a stop",
    "of a stop and a start the one delivered last wins",
    "a stop is not spread to the person's other identities",
    # Before it was erased it was somebody else to the log.
    "who was erased comes back without their no",
    "what was sent before an erasure counts for nothing",
    "answers 200 before the commit",
    # The house rules themselves: they are on record, and the messages keep to them.
    "has no allowance for the send itself",
    "the cap counts four days instead of seven",
    "who ignores us is written to all the same",
    # A message names the cap that it was counted in; one that names none may be of a page that had none.
    "knows nothing of a new page's daily cap",
    # No promise of the replay: quiet hours, threads, switches, rules, and what was not sent.
    "quiet hours by the offset of January",
    "writes into a thread that somebody else holds",
    "writes to who has blocked us",
    "reads the kill switch from memory",
    "a page in team mode writes to everybody",
    "goes on with a rule that a guard has paused",
    "gives up what the rate would carry",
    "reads the rules from memory",
    "a lease is for ever",
    "an answer that was leased is nobody's any more",
}
