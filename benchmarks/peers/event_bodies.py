"""Our own models, as pydantic takes them: what is compared is what lies around them."""

from typing import Annotated

from pydantic import GetPydanticSchema

from pixel.events import models

Event = Annotated[models.Event, GetPydanticSchema(lambda _source, _handler: models.event_schema())]
