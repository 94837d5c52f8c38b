"""The kinds of records that belong to a website.

Whoever needs one kind imports its own module, and not all of them.
"""

from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.report_kind import REPORT
from pixel.workspaces.share_link_kind import SHARE_LINK

KINDS_OF_A_WEBSITE = (GOAL, ALERT, REPORT, SHARE_LINK)
"""The kinds that are deleted with their website."""
