"""What the document says of links in mail."""

from tools.openapi.operation import Operation
from tools.openapi.schema import Schema, text

TAG = "Mail"
ABOUT = "Links in reports and alerts, for those who get them. They are signed, and need no key."
_HTML = {"text/html": {"schema": {"type": "string"}}}
_OTHER_PAGES = {403: "The link is not one of this deployment.", 503: "The state of the address cannot be read."}
_TOKEN: Schema = {
    "name": "token",
    "in": "path",
    "required": True,
    "description": "What the link in the mail ends with.",
    "schema": text(),
    "example": "c3RvcHx3c18xfDU2.c2lnbmF0dXJl",
}


def operations() -> dict[str, Operation]:
    """Return the operations by function."""
    return {
        "mail_page": Operation(
            tag=TAG,
            description="A page with a button. It changes nothing, because programs that examine mail open its links.",
            answer=_HTML,
            other_pages=_OTHER_PAGES,
            parameters=(_TOKEN,),
        ),
        "change_mail": Operation(
            tag=TAG,
            description="Does what the link is for: it stops mail of the workspace to the address, or confirms that "
            "the address wants it. Mail clients send `List-Unsubscribe=One-Click` (RFC 8058). `action=start` takes a "
            "stop back. Doing it again changes nothing.",
            answer=_HTML,
            other_pages=_OTHER_PAGES,
            parameters=(_TOKEN,),
            body={
                "required": False,
                "content": {
                    "application/x-www-form-urlencoded": {
                        "schema": {
                            "type": "object",
                            "properties": {"action": text(), "List-Unsubscribe": text()},
                            "example": {"List-Unsubscribe": "One-Click"},
                        }
                    }
                },
            },
        ),
    }
