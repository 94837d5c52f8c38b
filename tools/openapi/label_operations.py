"""What the documents say of the routes of labels, of the search, and of the workspace of the key."""

from typing import Any, get_args

from pixel.foundation.errors import ErrorCode
from pixel.links import label_models, models
from pixel.links.companies import Company
from pixel.links.labels import CAMPAIGN, FOLDER, KINDS, LABELS_MAX, PIXEL, TAG, UTM_TEMPLATE, LabelKind
from pixel.smart_links import search_route
from pixel.smart_links.bodies import ObjectWithin
from pixel.smart_links.link_filters import SEARCH_CHARACTERS_MIN
from pixel.smart_links.names import as_written
from pixel.smart_links.workspace_routes import WorkspaceChanges
from pixel.workspaces.models import NAME_CHARACTERS_MAX, Name
from pixel.workspaces.websites import TimeZone
from tools.openapi.models import adapters_of, schemas_of
from tools.openapi.operation import Operation
from tools.openapi.schema import Schema, array, integer, nullable, one_of, record, ref, schema, text
from tools.openapi.smart_links import (
    CREATING,
    LABELS_TAG,
    MOMENT,
    PAGE,
    SENDING,
    WORKSPACE_TAG,
    body,
    one,
    page_of,
    path,
    query,
)

_PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]*$"
_MOMENTS = ("startsAt", "endsAt", "expiresAt")
_TYPES: dict[Any, Schema] = {
    Name: text("One line.", minLength=1, maxLength=NAME_CHARACTERS_MAX, pattern=_PRINTABLE),
    TimeZone: text("A name in the IANA time zone database.", examples=["Europe/Berlin"]),
    ObjectWithin: {"type": "object"},
    models.Destination: text("An address with https.", format="uri"),
    models.Instant: text("With a time zone.", format="date-time"),
    models.Utm: text("Set in the address of the destination.", pattern=_PRINTABLE),
    models.ClicksLimit: integer("How often it is loaded at most."),
    models.Description: text("Lines of text."),
    label_models.ShortDescription: text("Lines of text."),
    label_models.ShortName: text("One line.", pattern=_PRINTABLE),
    label_models.OneColor: one_of(list(get_args(label_models.Color))),
    label_models.OneProvider: one_of(list(get_args(label_models.Provider))),
    label_models.ProviderId: text("The id that the provider gave, in the form of that provider."),
    label_models.EventName: text("What the provider is told has happened.", pattern=_PRINTABLE),
    label_models.CaptureParams: array(
        text(pattern="^[A-Za-z0-9_.-]{1,64}$"),
        "Names of parameters of the visitor's query.",
        maxItems=label_models.CAPTURED_MAX,
    ),
}
_EXAMPLES: dict[LabelKind, tuple[str, Schema, Schema]] = {
    CAMPAIGN: ("campaignId", {"name": "Summer 2030", "utm": {"source": "newsletter"}}, {"description": "Until August"}),
    TAG: ("tagId", {"name": "summer", "color": "green"}, {"name": "summer 2030"}),
    FOLDER: ("folderId", {"name": "Shop"}, {"description": "All that sells"}),
    UTM_TEMPLATE: ("templateId", {"name": "Newsletter", "utmSource": "newsletter"}, {"utmMedium": "email"}),
    PIXEL: ("pixelId", {"name": "Ads", "provider": "meta", "providerId": "123456789012345"}, {"enabled": False}),
}
"""The parameter of the path, and bodies, of each kind."""
WORKSPACE_CHANGES: Schema = {
    "company": {"name": "Example Ltd", "privacyUrl": "https://www.example.com/privacy"},
    "timezone": "Europe/Berlin",
}
_WITHOUT_A_GET = (TAG, FOLDER, UTM_TEMPLATE)


def example_id(kind: LabelKind) -> str:
    return f"{kind.id_prefix}_mx0roj4hz46vgxhf858b"


def sample_bodies() -> dict[str, Schema]:
    """Return an example of the body of each function that takes one."""
    return {
        **{f"create_{_word(kind)}": new for kind, (_, new, _) in _EXAMPLES.items()},
        **{f"update_{_word(kind)}": changes for kind, (_, _, changes) in _EXAMPLES.items()},
        "update_workspace": WORKSPACE_CHANGES,
    }


def sample_ids() -> dict[str, str]:
    """Return an example of each parameter of a path."""
    return {parameter: example_id(kind) for kind, (parameter, _, _) in _EXAMPLES.items()}


def parameters() -> dict[str, Schema]:
    """Return the parameters of the routes by name."""
    words = text(minLength=SEARCH_CHARACTERS_MIN)
    return {
        **{
            f"{_word(kind)}_in_path": path(parameter, "Its id.", example_id(kind))
            for kind, (parameter, _, _) in _EXAMPLES.items()
        },
        "label_search": query("search", "Those whose name contains it, in any case.", words),
        "unlink": query("unlink", "true takes the campaign off its links.", one_of(["true", "false"])),
        "search_words": {
            **query(
                "q", "What names, codes or destinations contain.", {**words, "maxLength": search_route.CHARACTERS_MAX}
            ),
            "required": True,
            "example": "summer",
        },
        "search_limit": query(
            "limit", "Results at most.", integer(minimum=1, maximum=search_route.LIMIT_MAX, default=20)
        ),
    }


def schemas() -> dict[str, Schema]:
    """Return the schemas of bodies and answers by name."""
    both = [as_written(model) for kind in KINDS for model in (kind.new, kind.changes)]
    bodies = schemas_of(adapters_of(*both, as_written(WorkspaceChanges), as_written(Company)), _TYPES)
    for kind, (_, new, changes) in _EXAMPLES.items():
        bodies[kind.new.__name__]["example"] = new
        bodies[kind.changes.__name__] |= {"minProperties": 1, "example": changes}
    bodies["WorkspaceChanges"]["properties"]["company"] = schema("Company")
    bodies["WorkspaceChanges"] |= {"minProperties": 1, "example": WORKSPACE_CHANGES}
    return {
        **bodies,
        **{_answer(kind): _label(bodies[kind.new.__name__]["properties"]) for kind in KINDS},
        "Found": record(
            {
                "type": one_of(["link", "campaign", "tag", "domain"]),
                "id": text("Of a domain, its name."),
                "title": text(),
                "url": nullable(text("Of a link, where it is followed.")),
            }
        ),
        "OwnWorkspace": _workspace(),
    }


def operations() -> dict[str, Operation]:
    """Return the operations by function."""
    found: dict[str, Operation] = {}
    for kind in KINDS:
        found |= _operations_of(kind)
    return {
        **found,
        "search_links": Operation(
            tag=LABELS_TAG,
            description="The domain first, then campaigns, tags and links, the newest first of each.",
            answer={"application/json": {"schema": record({"success": _SUCCESS, "data": array(schema("Found"))})}},
            parameters=(ref("parameters", "search_words"), ref("parameters", "search_limit")),
        ),
        "get_workspace": Operation(
            tag=WORKSPACE_TAG, description="What it says of itself, and its limits.", answer=one(schema("OwnWorkspace"))
        ),
        "update_workspace": Operation(
            tag=WORKSPACE_TAG,
            description="The given fields alone.",
            answer=one(schema("OwnWorkspace")),
            body=body("WorkspaceChanges"),
            codes=(*SENDING, ErrorCode.CONCURRENT_CHANGE),
        ),
    }


def _operations_of(kind: LabelKind) -> dict[str, Operation]:
    word, answer = _word(kind), one(schema(_answer(kind)))
    in_path = ref("parameters", f"{word}_in_path")
    missing, taken = ErrorCode.RECORD_NOT_FOUND, (ErrorCode.ALREADY_EXISTS,) * kind.has_unique_names
    operations = {
        f"list_{word}s": Operation(
            tag=LABELS_TAG,
            description="Newest first, with the number of live links of each.",
            answer=page_of(schema(_answer(kind))),
            parameters=(*PAGE, ref("parameters", "label_search")),
        ),
        f"create_{word}": Operation(
            tag=LABELS_TAG,
            description=f"A workspace has at most {LABELS_MAX:,}."
            + (" Its name may be once, whether in capitals or not." if kind.has_unique_names else ""),
            answer=answer,
            status=201,
            parameters=(ref("parameters", "create_key"),),
            body=body(kind.new.__name__),
            codes=(*CREATING, *taken, ErrorCode.LIMIT_REACHED),
            headers=("Idempotent-Replayed",),
        ),
        f"get_{word}": Operation(
            tag=LABELS_TAG,
            description="With the number of its live links.",
            answer=answer,
            parameters=(in_path,),
            codes=(missing,),
        ),
        f"update_{word}": Operation(
            tag=LABELS_TAG,
            description="The given fields alone; null removes one."
            + (" A new name is brought to all of its links; clicks before keep the former one." if kind is TAG else ""),
            answer=answer,
            parameters=(in_path,),
            body=body(kind.changes.__name__),
            codes=(
                *SENDING,
                missing,
                *taken,
                ErrorCode.CONCURRENT_CHANGE,
                *((ErrorCode.LINKS_LEFT,) if kind.is_by_name else ()),
            ),
        ),
        f"delete_{word}": Operation(
            tag=LABELS_TAG,
            description="Its links stay, without it."
            if not kind.is_kept_in_use
            else "One that has links is deleted with `unlink=true` alone; they stay, without it.",
            answer=one(schema("DeletedRecord")),
            parameters=(in_path, *((ref("parameters", "unlink"),) if kind.is_kept_in_use else ())),
            codes=(
                missing,
                ErrorCode.CONCURRENT_CHANGE,
                ErrorCode.LINKS_LEFT,
                *((ErrorCode.RECORD_IN_USE,) if kind.is_kept_in_use else ()),
            ),
        ),
    }
    if kind in _WITHOUT_A_GET:
        del operations[f"get_{word}"]
    return operations


def _word(kind: LabelKind) -> str:
    """Return the kind as names of functions have it."""
    return kind.path.removesuffix("s").replace("-", "_")


def _answer(kind: LabelKind) -> str:
    return kind.new.__name__.removeprefix("New")


def _label(fields: dict[str, Schema]) -> Schema:
    given = {
        name: nullable(MOMENT) if name in _MOMENTS else field if name in ("name", "color") else nullable(field)
        for name, field in fields.items()
    }
    return record({"id": text(), **given, "createdAt": MOMENT, "updatedAt": MOMENT, "linksCount": integer(minimum=0)})


def _workspace() -> Schema:
    count = integer(minimum=0)
    names = ("requests", "windowSeconds", "campaigns", "tags", "folders", "utmTemplates", "pixels")
    return record(
        {
            "id": text(),
            "name": text(),
            "company": nullable(schema("Company")),
            "timezone": text("UTC unless it was set."),
            "limits": record(dict.fromkeys(names, count)),
            "usage": record({"links": count, "requestsThisHour": count}),
        }
    )


_SUCCESS: Schema = {"type": "boolean", "const": True}
