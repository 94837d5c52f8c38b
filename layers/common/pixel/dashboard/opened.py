"""What a reader learns of a dashboard when it opens: the website, the panels, what may be asked."""

from typing import Any

from pixel.dashboard.sessions import Session
from pixel.dashboard.share_lookup import Dashboard
from pixel.foundation.clock import iso_of_epoch


def opened(dashboard: Dashboard, session: Session) -> dict[str, Any]:
    """Return the head of a dashboard."""
    return {
        "expires_at": iso_of_epoch(session.expires_at),
        "website": dashboard.website(),
        "panels": list(dashboard.panels),
        "periods": list(dashboard.periods),
        "filters": dict(dashboard.filters),
        "theme": dashboard.theme,
        "min_visitors": dashboard.min_visitors,
    }
