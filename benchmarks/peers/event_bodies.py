"""The layer's own models, because only the code around them is compared."""

from typing import Annotated

from pydantic import Field

from pixel.events import models

Event = Annotated[models.Event, Field(discriminator="name")]
