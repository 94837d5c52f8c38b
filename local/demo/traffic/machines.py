"""Devices, with browsers, systems and screens that fit them."""

from typing import NamedTuple

from local.demo.traffic.choices import Choices


class Machine(NamedTuple):
    device: str
    browser: str
    os: str
    screen: str
    user_agent: str


_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
_IPAD = "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
_WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/126.0.0.0 Safari/537.36"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
_LINUX = f"Mozilla/5.0 (X11; Linux x86_64) {_WEBKIT} Chrome/126.0.0.0 Safari/537.36"
_MAC_SAFARI = f"{_MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15"
_WINDOWS_FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0"
_LINUX_FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"


def _android(model: str, rest: str = "Chrome/126.0.0.0 Mobile Safari/537.36") -> str:
    return f"Mozilla/5.0 (Linux; Android 14; {model}) {_WEBKIT} {rest}"


MACHINES = Choices(
    [
        (19, Machine("desktop", "Chrome", "Windows", "1920x1080", _WINDOWS)),
        (5, Machine("desktop", "Chrome", "Windows", "2560x1440", _WINDOWS)),
        (6, Machine("desktop", "Edge", "Windows", "1920x1080", f"{_WINDOWS} Edg/126.0.0.0")),
        (3, Machine("desktop", "Firefox", "Windows", "1920x1080", _WINDOWS_FIREFOX)),
        (9, Machine("desktop", "Chrome", "macOS", "1728x1117", f"{_MAC} {_WEBKIT} Chrome/126.0.0.0 Safari/537.36")),
        (6, Machine("desktop", "Safari", "macOS", "1440x900", _MAC_SAFARI)),
        (3, Machine("desktop", "Chrome", "Linux", "1920x1080", _LINUX)),
        (2, Machine("desktop", "Firefox", "Linux", "1920x1200", _LINUX_FIREFOX)),
        (15, Machine("mobile", "Safari", "iOS", "393x852", f"{_IPHONE} Version/17.5 Mobile/15E148 Safari/604.1")),
        (4, Machine("mobile", "Safari", "iOS", "430x932", f"{_IPHONE} Version/17.5 Mobile/15E148 Safari/604.1")),
        (3, Machine("mobile", "Chrome", "iOS", "393x852", f"{_IPHONE} CriOS/126.0.0.0 Mobile/15E148 Safari/604.1")),
        (13, Machine("mobile", "Chrome", "Android", "412x915", _android("Pixel 8"))),
        (
            5,
            Machine(
                "mobile",
                "Samsung Internet",
                "Android",
                "360x800",
                _android("SM-S921B", "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36"),
            ),
        ),
        (3, Machine("tablet", "Safari", "iPadOS", "820x1180", f"{_IPAD} Version/17.5 Mobile/15E148 Safari/604.1")),
        (
            1,
            Machine("tablet", "Chrome", "Android", "800x1280", _android("SM-X710", "Chrome/126.0.0.0 Safari/537.36")),
        ),
    ]
)
