"""The device, browser and operating system of a user agent, without versions.

It uses small tables, because the data of a full parser would take longer to load than the rest of a function (see
docs/decisions/0016-user-agents.md). It searches only for fixed texts, so no user agent takes long.
"""

from typing import NamedTuple

# The first match wins. Apps and lesser-known browsers also name the browser that they are built on, nearly all name
# Chrome, and Chrome names Safari, so those come last.
_BROWSERS = (
    ("fban/", "Facebook"),
    ("fbav/", "Facebook"),
    ("instagram ", "Instagram"),
    ("musical_ly", "TikTok"),
    ("bytedancewebview", "TikTok"),
    ("snapchat/", "Snapchat"),
    ("linkedinapp", "LinkedIn"),
    ("[pinterest/", "Pinterest"),
    ("twitter for ", "X"),
    ("twitterandroid", "X"),
    ("micromessenger/", "WeChat"),
    ("kakaotalk", "KakaoTalk"),
    (" line/", "Line"),
    (" gsa/", "Google app"),
    ("duckduckgo/", "DuckDuckGo"),
    (" ddg/", "DuckDuckGo"),
    ("edg/", "Edge"),
    ("edga/", "Edge"),
    ("edgios/", "Edge"),
    ("edge/", "Edge"),
    ("opr/", "Opera"),
    ("opt/", "Opera"),
    ("opios/", "Opera"),
    ("opera", "Opera"),
    ("vivaldi/", "Vivaldi"),
    ("yabrowser/", "Yandex Browser"),
    ("whale/", "Whale"),
    ("coc_coc_browser/", "Coc Coc"),
    ("qqbrowser/", "QQ Browser"),
    ("ucbrowser/", "UC Browser"),
    ("miuibrowser/", "Mi Browser"),
    ("huaweibrowser/", "Huawei Browser"),
    ("samsungbrowser/", "Samsung Internet"),
    ("silk/", "Silk"),
    ("nintendobrowser/", "Nintendo"),
    ("playstation", "PlayStation"),
    ("roku/", "Roku"),
    ("msie ", "Internet Explorer"),
    ("trident/", "Internet Explorer"),
    ("fxios/", "Firefox"),
    ("focus/", "Firefox"),
    ("firefox/", "Firefox"),
    ("; wv)", "Android WebView"),
    ("crios/", "Chrome"),
    ("chrome/", "Chrome"),
    ("chromium/", "Chrome"),
    ("android", "Android Browser"),
    ("safari/", "Safari"),
    ("(iphone;", "iOS WebView"),
    ("(ipad;", "iOS WebView"),
    ("(ipod", "iOS WebView"),
)

# The first match wins, because systems also name those that they are derived from or imitate.
_SYSTEMS = (
    ("windows phone", "Windows Phone"),
    ("xbox", "Xbox"),
    ("playstation", "PlayStation"),
    ("nintendo", "Nintendo"),
    ("tizen", "Tizen"),
    ("web0s", "webOS"),
    ("roku", "Roku OS"),
    ("apple tv", "tvOS"),
    ("appletv", "tvOS"),
    ("kaios/", "KaiOS"),
    ("openharmony", "HarmonyOS"),
    ("windows", "Windows"),
    ("ipad", "iPadOS"),
    ("iphone", "iOS"),
    ("ipod", "iOS"),
    ("android", "Android"),
    ("cros ", "ChromeOS"),
    ("macintosh", "macOS"),
    ("freebsd", "FreeBSD"),
    ("linux", "Linux"),
    ("x11", "Linux"),
)

BROWSERS = frozenset(name for _, name in _BROWSERS)
SYSTEMS = frozenset(name for _, name in _SYSTEMS)

_DEVICE_OF_SYSTEM = {
    "Windows Phone": "mobile",
    "Xbox": "console",
    "PlayStation": "console",
    "Nintendo": "console",
    "webOS": "tv",
    "Roku OS": "tv",
    "tvOS": "tv",
    "KaiOS": "mobile",
    "iOS": "mobile",
    "iPadOS": "tablet",
    "Windows": "desktop",
    "ChromeOS": "desktop",
    "macOS": "desktop",
    "FreeBSD": "desktop",
}
_DEFAULT_DEVICE = {"Linux": "desktop", "Tizen": "tv"}
_TELEVISIONS = (
    "smart-tv",
    "smarttv",
    "android tv",
    "googletv",
    "google tv",
    "bravia",
    "crkey",
    "netcast",
    "hbbtv",
    "; aft",
)
_TABLETS = ("tablet", "; kf")  # the models of Amazon's tablets begin with KF; they also contain Mobile


class Machine(NamedTuple):
    """The machine that a user agent describes; unknown parts are empty. An iPad in desktop mode claims to be a Mac."""

    device: str
    browser: str
    os: str


NO_MACHINE = Machine("", "", "")


def machine_of(user_agent: str) -> Machine:
    """Return the machine of a user agent that is not a bot's."""
    text = user_agent.lower()
    os = _first(_SYSTEMS, text)
    return Machine(_device(text, os), _first(_BROWSERS, text), os)


def _first(names: tuple[tuple[str, str], ...], text: str) -> str:
    for token, name in names:
        if token in text:
            return name
    return ""


def _device(text: str, os: str) -> str:
    if os in _DEVICE_OF_SYSTEM:
        return _DEVICE_OF_SYSTEM[os]
    if any(token in text for token in _TELEVISIONS):
        return "tv"
    if not os:
        return ""
    if any(token in text for token in _TABLETS):
        return "tablet"
    if "mobile" in text or "opera mini" in text:
        return "mobile"
    # Since Android 3, a tablet is an Android without the word Mobile.
    return _DEFAULT_DEVICE.get(os, "tablet")
