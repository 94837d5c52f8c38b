"""What the documents say of the routes of links: bodies, answers, filters."""

from typing import Any, get_args

from pixel.foundation.errors import ErrorCode
from pixel.links import models
from pixel.smart_links.bulk import LINKS_MAX
from pixel.smart_links.link_filters import SEARCH_CHARACTERS_MIN
from pixel.smart_links.names import as_written
from tools.openapi import label_operations, smart_links
from tools.openapi.models import adapters_of, schemas_of
from tools.openapi.operation import Operation
from tools.openapi.schema import Schema, array, integer, nullable, one_of, record, ref, schema, text
from tools.openapi.smart_links import CREATING, LINKS_TAG, MOMENT, PAGE, SENDING, body, one, page_of, path, query

_PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]*$"
_ID_CHARACTERS = "[0-9a-z]{20}"
_TYPES: dict[Any, Schema] = {
    models.Destination: text("Where it leads, as browsers read addresses; a public name.", format="uri"),
    models.ShortCode: text("1 to 3 segments of A-Z a-z 0-9 - _; random unless given, and never changed."),
    models.Title: text("One line.", pattern=_PRINTABLE),
    models.Description: text("Lines of text."),
    models.ExternalId: text("Your own id of it, once in the workspace.", pattern=_PRINTABLE),
    models.Tags: array(text(), f"Names, at most {models.TAGS_MAX}; the list is replaced as a whole."),
    models.PixelIds: array(text(), f"Ids of pixels, at most {models.PIXELS_MAX}; the list is replaced as a whole."),
    models.CampaignId: text("Its `utm` fills a new link that sends none.", pattern=f"^camp_{_ID_CHARACTERS}$"),
    models.FolderId: text(pattern=f"^fold_{_ID_CHARACTERS}$"),
    models.UtmTemplateId: text("It fills the UTM parameters that are not sent.", pattern=f"^utm_{_ID_CHARACTERS}$"),
    models.Instant: text("With a time zone.", format="date-time"),
    models.ClicksLimit: integer("How many visitors it lets through."),
    models.Password: text("Kept as a hash and never shown; an empty one removes it."),
    models.Utm: text("Set in the address of the destination.", pattern=_PRINTABLE),
    models.Status: {"type": "integer", "enum": list(models.REDIRECT_STATUSES)},
    models.AppAddress: text("What opens the app: an address with https or the scheme of an app.", format="uri"),
    models.PixelIds: array(text(), f"Ids of pixels, at most {models.PIXELS_MAX}; the list is replaced as a whole."),
    models.Picture: text("An address with https.", format="uri"),
    models.OneRedirectMode: one_of(list(get_args(models.RedirectMode))),
    models.OneQueryMode: one_of(list(get_args(models.QueryMode)), "What becomes of a visitor's query."),
}
_ID = "link_mx0roj4hz46vgxhf858b"
NEW: Schema = {"destinationUrl": "https://www.example.com/sale", "title": "Summer sale", "tags": ["summer"]}
CHANGES: Schema = {"title": "Winter sale", "expiresAt": "2030-12-31T18:00:00+01:00"}
_SAVING = (*CREATING, ErrorCode.SHORT_CODE_EXISTS, ErrorCode.ALREADY_EXISTS)
_LINK = ref("parameters", "link_in_path")


def types() -> dict[Any, Schema]:
    """Return the schemas of the types that fields of links are declared with."""
    return _TYPES


def parameters() -> dict[str, Schema]:
    """Return the parameters of the routes by name."""
    word = text(minLength=1)
    return {
        **smart_links.parameters(),
        **label_operations.parameters(),
        "link_in_path": path("linkId", "Its id, or `ext_` and your own id of it.", _ID),
        "link_campaign": query("campaignId", "Links of a campaign.", word),
        "link_folder": query("folderId", "Links in a folder.", word),
        "link_domain": query("domain", "Links of a domain.", word),
        "link_tag": query("tag", "Links with this tag; repeat it for several.", array(word)),
        "link_without_tag": query("excludeTag", "Links without this tag; repeat it for several.", array(word)),
        "link_enabled": query("enabled", "", one_of(["true", "false"])),
        "link_search": query(
            "search", "In code, destination and title, in any case.", text(minLength=SEARCH_CHARACTERS_MIN)
        ),
        "link_external_id": query("externalId", "The link with your own id.", word),
        "link_created_after": query("createdAfter", "An instant.", text(format="date-time")),
        "link_created_before": query("createdBefore", "An instant.", text(format="date-time")),
        "link_stats": query("stats", "false leaves out the numbers.", one_of(["true", "false"])),
    }


def schemas() -> dict[str, Schema]:
    """Return the schemas of bodies and answers by name."""
    bodies = schemas_of(adapters_of(as_written(models.NewLink), as_written(models.LinkChanges)), _TYPES)
    bodies["NewLink"]["example"] = NEW
    bodies["LinkChanges"] |= {"minProperties": 1, "example": CHANGES}
    ids = array(text(), "Ids of links.", minItems=1, maxItems=LINKS_MAX, uniqueItems=True)
    return {
        **smart_links.schemas(),
        **label_operations.schemas(),
        **bodies,
        "NewLinks": {
            **record({"links": array(schema("NewLink"), minItems=1, maxItems=LINKS_MAX)}),
            "additionalProperties": False,
            "example": {"links": [NEW]},
        },
        "ChangesOfLinks": {
            **record({"ids": ids, "data": schema("LinkChanges")}),
            "additionalProperties": False,
            "example": {"ids": [_ID], "data": CHANGES},
        },
        "LinksToDelete": {
            **record({"ids": ids}),
            "additionalProperties": False,
            "example": {"ids": [_ID]},
        },
        "Link": _link(bodies["NewLink"]["properties"]),
        **{f"{verb.capitalize()}Links": _results(verb) for verb in ("created", "updated", "deleted")},
    }


def operations() -> dict[str, Operation]:
    """Return the operations by function."""
    missing = ErrorCode.RECORD_NOT_FOUND
    link = one(schema("Link"))
    filters = (
        *("campaign", "folder", "domain", "tag", "without_tag", "enabled", "search"),
        *("external_id", "created_after", "created_before", "stats"),
    )
    return {
        **label_operations.operations(),
        "list_links": Operation(
            tag=LINKS_TAG,
            description="Newest first. A filter that is repeated must be met each time. The numbers are null where "
            "the warehouse does not answer.",
            answer=page_of(schema("Link")),
            parameters=(*PAGE, *(ref("parameters", f"link_{name}") for name in filters)),
        ),
        "create_link": Operation(
            tag=LINKS_TAG,
            description="The link works in the next request. Without a `shortCode` it gets one of seven characters "
            "that nobody mistakes for others.",
            answer=link,
            status=201,
            parameters=(ref("parameters", "create_key"),),
            body=body("NewLink"),
            codes=_SAVING,
            headers=("Idempotent-Replayed",),
        ),
        "get_link": Operation(
            tag=LINKS_TAG, description="With its numbers.", answer=link, parameters=(_LINK,), codes=(missing,)
        ),
        "update_link": Operation(
            tag=LINKS_TAG,
            description="The given fields alone; null removes one. Redirects know it within five seconds.",
            answer=link,
            parameters=(_LINK,),
            body=body("LinkChanges"),
            codes=(*SENDING, missing, ErrorCode.ALREADY_EXISTS, ErrorCode.CONCURRENT_CHANGE),
        ),
        "delete_link": Operation(
            tag=LINKS_TAG,
            description="It is not found from then on, within five seconds; what was counted stays. For 90 days, only "
            "this workspace may take its code again.",
            answer=one(schema("DeletedRecord")),
            parameters=(_LINK,),
            codes=(missing, ErrorCode.ALREADY_DELETED, ErrorCode.CONCURRENT_CHANGE),
        ),
        "create_links": Operation(
            tag=LINKS_TAG,
            description="Each link by itself, in order, with a result of its own. 200 if one failed, else 201.",
            answer=one(schema("CreatedLinks")),
            status=201,
            other_statuses=(200,),
            parameters=(ref("parameters", "create_key"),),
            body=body("NewLinks"),
            codes=SENDING,
        ),
        "update_links": Operation(
            tag=LINKS_TAG,
            description="The same changes for each link, with a result for each.",
            answer=one(schema("UpdatedLinks")),
            body=body("ChangesOfLinks"),
            codes=SENDING,
        ),
        "delete_links": Operation(
            tag=LINKS_TAG,
            description="Each link by itself, with a result for each.",
            answer=one(schema("DeletedLinks")),
            body=body("LinksToDelete"),
            codes=SENDING,
        ),
    }


def _link(fields: dict[str, Schema]) -> Schema:
    """Return the schema of a link in answers: the fields of a new one, and what is known of it."""
    count = nullable(integer(minimum=0))
    properties = {
        name: nullable(field) for name, field in fields.items() if name not in ("password", "tags", "pixelIds")
    }
    moments = {name: nullable(MOMENT) for name in ("startsAt", "expiresAt", "lastClickedAt")}
    numbers = {"clicks": count, "uniqueClicks": count, "lastClickedAt": moments.pop("lastClickedAt")}
    states = ["active", "scheduled", "disabled", "expired", "used_up", "banned"]
    return record(
        {
            "id": text(),
            "shortUrl": text(format="uri"),
            "domain": text(),
            **properties,
            **moments,
            "tags": array(text()),
            "pixelIds": array(text()),
            "rulesCount": integer(minimum=0),
            "passwordProtected": {"type": "boolean"},
            "status": one_of(states, "What a visitor finds."),
            "createdAt": MOMENT,
            "updatedAt": MOMENT,
            **numbers,
        },
        optional=tuple(numbers),
    )


def _results(verb: str) -> Schema:
    done = schema("DeletedRecord") if verb == "deleted" else schema("Link")
    result = record(
        {
            "index": integer(minimum=0),
            "status": one_of([verb, "failed"]),
            "link": done,
            "error": schema("LinkError"),
        },
        optional=("link", "error"),
    )
    return record({verb: integer(minimum=0), "failed": integer(minimum=0), "results": array(result)})
