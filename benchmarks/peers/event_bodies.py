"""Our own models, because the comparison is about everything around them."""

from typing import Annotated

from pydantic import Field

from pixel.events import models

Event = Annotated[models.Event, Field(discriminator="name")]
