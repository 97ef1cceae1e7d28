"""Every shape that the platform's webhooks have (platform-reference 1.2, 1.6), with everything that may stand in it."""

from typing import Any

from hypothesis import strategies as st

from tests.world import PAGE_ID

Json = Any
PAGES = st.sampled_from([PAGE_ID, PAGE_ID, PAGE_ID, int(PAGE_ID), "9999"])
PEOPLE = st.sampled_from(["alice", "bob", "charlie", "2000", 2000])
NOW_MILLISECONDS = 1_790_000_000_000
INSTANTS = st.integers(NOW_MILLISECONDS, NOW_MILLISECONDS + 86_400_000) | st.sampled_from(
    [
        1_790_000_000,
        "1790000000100",
        "1790000000",
        0,
        -1,
        -(10**13),
        253_402_300_800_000,
        1_790_000_000_000_000,
        1.79e12,
        10**18,
    ]
)
WORDS = st.sampled_from(
    ["hello", "STOP", "start", "mute 3 days", "help", "m\u00fcde \U0001f600", "\u202ehello", " ", ""]
)
TEXTS = WORDS | st.text(max_size=20)
IDS = st.sampled_from(["m_1", "m_2", "m_3"]) | st.text("abc_$:", min_size=1, max_size=12) | st.integers(1, 10**18)
URLS = st.sampled_from(["https://cdn.example/x", "file:///etc/passwd", "http://169.254.169.254/", "javascript:x"])


def shape(required: dict[str, Json], **optional: Json) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(required, optional=optional)


def one_of(*values: object) -> st.SearchStrategy[Json]:
    return st.sampled_from(values)


REFERRAL = shape(
    {},
    ref=TEXTS,
    ad_id=IDS,
    source=one_of("ADS", "SHORTLINK", "CUSTOMER_CHAT_PLUGIN"),
    type=one_of("OPEN_THREAD"),
    referer_uri=URLS,
    is_guest_user=st.booleans(),
    product=shape({"id": IDS}),
    ads_context_data=shape(
        {}, ad_title=TEXTS, photo_url=URLS, video_url=URLS, post_id=IDS, product_id=IDS, flow_id=IDS
    ),
)
ATTACHMENT = shape(
    {
        "type": one_of("image", "video", "audio", "file", "sticker", "fallback", "reel", "post", "location", "template")
        | one_of("ig_reel", "ig_post", "appointment_booking", "story_mention", "share", "unsupported_type", "x" * 200)
    },
    payload=st.none()
    | shape(
        {},
        url=URLS,
        title=TEXTS,
        sticker_id=IDS,
        reel_video_id=IDS,
        id=IDS,
        coordinates=shape({"lat": st.floats(-90, 90), "long": st.floats(-180, 180)}),
        product=shape({"elements": st.lists(shape({"id": IDS}, title=TEXTS), max_size=2)}),
        booking_id=IDS,
        start_time=INSTANTS,
    ),
    title=TEXTS,
    url=URLS,
)
MESSAGE = shape(
    {"mid": IDS},
    text=TEXTS,
    quick_reply=shape(
        {"payload": TEXTS | one_of("botapp:stop", "botapp:start", "botapp:mute:3d", "botapp:optin:yes:1")}
    ),
    reply_to=shape({}, mid=IDS, is_self_reply=st.booleans(), story=shape({"url": URLS, "id": IDS})),
    attachments=st.lists(ATTACHMENT, max_size=3),
    referral=REFERRAL,
    commands=st.lists(shape({"name": TEXTS}), max_size=2),
    nlp=shape({}, intents=st.lists(shape({"name": TEXTS, "confidence": st.floats(0, 1)}), max_size=1)),
    is_deleted=st.just(True),
    is_unsupported=st.just(True),
    prior_message=shape({"source": one_of("checkbox_plugin"), "identifier": IDS}),
    sticker_id=IDS,
    seq=st.integers(0, 100),
)
ECHO = shape(
    {"mid": IDS, "is_echo": st.just(True)},
    app_id=one_of(263902037430900, "263902037430900", 5, "5"),
    metadata=TEXTS | one_of("botapp:", "botapp:nobody-claimed-this"),
    text=TEXTS,
    attachments=st.lists(ATTACHMENT, max_size=2),
    is_deleted=st.just(True),
)
OPTIN = shape(
    {},
    ref=TEXTS,
    user_ref=IDS,
    type=one_of("one_time_notif_req", "notification_messages"),
    payload=TEXTS,
    title=TEXTS,
    one_time_notif_token=IDS,
    notification_messages_token=IDS,
    notification_messages_frequency=one_of("DAILY", "WEEKLY"),
    notification_messages_timezone=one_of("Europe/Berlin", "nowhere"),
    notification_messages_status=one_of("STOP NOTIFICATIONS", "STOP_NOTIFICATIONS", "Resume Notifications", "pause"),
    token_expiry_timestamp=INSTANTS,
    user_token_status=one_of("REFRESHED", "NOT_REFRESHED"),
)
CONTROL = shape(
    {}, previous_owner_app_id=IDS | st.none(), new_owner_app_id=IDS, requested_owner_app_id=IDS, metadata=TEXTS
)
EVENTS: dict[str, st.SearchStrategy[Json]] = {
    "message": MESSAGE,
    "postback": shape({}, mid=IDS, title=TEXTS, payload=TEXTS | one_of("botapp:stop"), referral=REFERRAL),
    "referral": REFERRAL,
    "optin": OPTIN,
    "delivery": shape({"watermark": INSTANTS}, mids=st.lists(IDS, max_size=3), seq=st.integers(0, 9)),
    "read": shape({}, watermark=INSTANTS, mid=IDS),
    "reaction": shape(
        {"mid": IDS, "action": one_of("react", "unreact", "other")}, reaction=one_of("love", "other"), emoji=TEXTS
    ),
    "message_edit": shape({"mid": IDS, "text": TEXTS, "num_edit": st.integers(1, 5) | one_of("2")}),
    "account_linking": shape({"status": one_of("linked", "unlinked")}, authorization_code=IDS),
    "pass_thread_control": CONTROL,
    "take_thread_control": CONTROL,
    "request_thread_control": CONTROL,
    "app_roles": st.dictionaries(st.sampled_from(["5", "6"]), st.just(["primary_receiver"])),
    "policy_enforcement": shape({"action": one_of("warning", "unblock", "block")}, reason=TEXTS),
    "policy-enforcement": shape({"action": one_of("warning", "unblock")}, reason=TEXTS),
    "messaging_customer_information": shape(
        {"screens": st.lists(shape({"screen_id": IDS, "responses": st.just([{"key": "k", "value": "v"}])}), max_size=2)}
    ),
    "response_feedback": shape({"feedback": one_of("Good response", "Bad response"), "mid": IDS}),
    "messaging_feedback": shape({"feedback_screens": st.just([])}),
    "order": shape({"products": st.lists(shape({"id": IDS}), max_size=2)}, note=TEXTS),
    "game_play": shape({"game_id": IDS, "player_id": IDS}),
    "message_request": one_of("accept"),
    "something_new": st.just({"never": "seen"}),
}


@st.composite
def items(draw: st.DrawFn, page_id: str = PAGE_ID) -> Json:
    """One element of `messaging` or `standby`: who, to whom, when, and what happened."""
    name = draw(st.sampled_from([*EVENTS, "message", "message", "echo"]))
    person, page = {"id": draw(PEOPLE)}, {"id": page_id}
    sender, recipient = (page, person) if name == "echo" else (person, page)
    if name == "optin" and draw(st.booleans()):
        sender = {"user_ref": "somebody-new"}
    content = draw(ECHO) if name == "echo" else draw(EVENTS[name])
    item = {"sender": sender, "recipient": recipient, "timestamp": draw(INSTANTS)}
    if name.startswith("policy"):
        del item["sender"]
    return item | {"message" if name == "echo" else name: content}


CHANGES = shape({"field": one_of("feed", "leadgen", "inbox_labels", "messages"), "value": shape({}, item=TEXTS)})


@st.composite
def entries(draw: st.DrawFn) -> Json:
    """One entry: its page, its time, and one or more of its three lists."""
    page = draw(PAGES)
    lists = draw(
        shape({"messaging": st.lists(items(str(page)), min_size=1, max_size=3)}, changes=st.lists(CHANGES, max_size=2))
        | shape({"standby": st.lists(items(str(page)), min_size=1, max_size=3)})
    )
    return {"id": page, "time": draw(INSTANTS), **lists}


BODIES = shape(
    {"object": one_of("page", "page", "page", "instagram"), "entry": st.lists(entries(), min_size=1, max_size=3)}
)
