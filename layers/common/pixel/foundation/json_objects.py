"""What events, answers and bodies are, apart from the calls to AWS: who only names the type need not import those."""

from typing import Any

JsonObject = dict[str, Any]
