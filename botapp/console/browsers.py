"""What a browser calls itself, in words that people know."""

# The first that is found: Chrome calls itself Safari too, and nearly all of them Mozilla.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "a Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_LONGEST = 40


def browser_name(client: str) -> str:
    """As "Firefox on Linux"; what is not known is shown as it is, cut short."""
    browser = next((name for mark, name in _BROWSERS if mark in client), None)
    system = next((name for mark, name in _SYSTEMS if mark in client), None)
    if browser is None:
        return client[:_LONGEST] or "unknown"
    return f"{browser} on {system}" if system else browser
