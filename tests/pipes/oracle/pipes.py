"""The pipes by name: what each must answer."""

from collections.abc import Callable, Mapping

from tests.pipes.oracle import (
    activity,
    alerts,
    audience,
    clicks,
    engagement,
    funnels,
    overview,
    pages_and_sources,
    properties,
    retention,
    revenue,
    series,
    visitors,
)
from tests.pipes.oracle.question import Question, Row

ANSWERS: Mapping[str, Callable[[Question], list[Row]]] = {
    "p_realtime_visitors": activity.realtime_visitors,
    "p_top_pages": pages_and_sources.top_pages,
    "p_referrers": pages_and_sources.referrers,
    "p_geo": audience.geo,
    "p_devices": audience.devices,
    "p_tech": audience.tech,
    "p_languages": audience.languages,
    "p_traffic_sources": pages_and_sources.traffic_sources,
    "p_funnel": funnels.funnel,
    "p_funnel_v2": funnels.funnel_v2,
    "p_goal_conversions": revenue.goal_conversions,
    "p_attributed_revenue": revenue.attributed_revenue,
    "p_retention_cohort": retention.retention_cohort,
    "p_sessions_list": visitors.sessions_list,
    "p_visitor_profile": visitors.visitor_profile,
    "p_visitor_timeline": visitors.visitor_timeline,
    "p_llm_traffic": pages_and_sources.llm_traffic,
    "p_events_catalog": activity.events_catalog,
    "p_pixel_healthcheck": activity.pixel_healthcheck,
    "p_metric_series": series.metric_series,
    "p_overview": overview.overview,
    "p_properties": properties.properties,
    "p_engagement": engagement.engagement,
    "i_summary": overview.summary,
    "i_alert_values": alerts.alert_values,
    "i_realtime": activity.realtime,
    "f_site_totals": overview.site_totals,
}

CLICK_ANSWERS: Mapping[str, Callable[[Question], list[Row]]] = {
    "l_totals": clicks.totals,
    "l_link_totals": clicks.link_totals,
    "l_series": clicks.series,
    "l_top": clicks.top,
    "l_properties": clicks.properties,
    "l_rules": clicks.rules,
    "l_clicks": clicks.list_clicks,
    "l_live": clicks.live,
}
"""The pipes of short links, which functions read and callers cannot."""
