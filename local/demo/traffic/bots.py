"""Bots, with the user agents and reasons that identify them."""

from typing import NamedTuple

from local.demo.traffic.choices import Choices


class Bot(NamedTuple):
    reason: str
    user_agent: str
    llm_engine: str = ""


HEADLESS = "headless_browser"  # the one bot that runs scripts
_HEADLESS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36"
)

BOTS = Choices(
    [
        (9, Bot("crawler", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")),
        (4, Bot("crawler", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)")),
        (3, Bot("crawler", "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)")),
        (4, Bot("ai_crawler", "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)", "chatgpt")),
        (2, Bot("ai_crawler", "Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)", "claude")),
        (3, Bot(HEADLESS, _HEADLESS)),
        (3, Bot("http_library", "python-requests/2.32.3")),
        (2, Bot("http_library", "curl/8.7.1")),
        (3, Bot("monitor", "Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)")),
    ]
)
