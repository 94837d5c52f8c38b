"""Our own models, as pydantic takes them: what is compared is what lies around them."""

from typing import Annotated

from pydantic import GetPydanticSchema

from pixel import event_models

Event = Annotated[event_models.Event, GetPydanticSchema(lambda _source, _handler: event_models.event_schema())]
