// Types of what the API answers and of what the page keeps, for `make types-js`. Nothing of it is served.
type Metric = "visitors" | "pageviews" | "sessions" | "bounce_rate" | "session_duration" | "conversions";
type View = string;
type Child = unknown;

interface Website { id: string; name: string; domain: string; timezone: string; currency: string; pixel_mode: "cookieless" | "cookie" }
interface Head {
  website: Website;
  panels: string[];
  periods: string[];
  filters: Record<string, string>;
  theme: "auto" | "light" | "dark";
  min_visitors: number;
}
interface Opened extends Head { session: string; expires_at: string }
interface Span {
  name: string; from: string; to: string; compare_from: string | null; compare_to: string | null;
  granularity: "hour" | "day" | "week" | "month"; timezone: string;
}
interface DataAnswer {
  website: Website; period: Span; panels: Record<View, any>; failed: Record<View, string>; as_of: string;
}
type Totals = Record<Metric, number | null>;
interface SummaryAnswer { now: Totals; before: Totals | null }
interface Point { at: string; value: number | null }
interface SeriesAnswer { metric: Metric; points: Point[]; before: Point[] | null; partial?: boolean }
interface ListRow {
  [measure: string]: any; value: string; visitors?: number; pageviews?: number; sessions?: number; bounce_rate?: number | null; country?: string;
}
/** `measure` is what rows are ordered by, `visitors` or `sessions`; `total` is that of all rows. */
interface ListAnswer { filter: string | null; measure: string; rows: ListRow[]; total: number; others: Record<string, number> | null }
interface Money { currency: string; value: number | string }
interface GoalRow { value: string; visitors: number; conversions: number; rate: number | null; revenue: Money[] }
type Others = Record<string, any> | null;
interface GoalsAnswer { filter: string | null; rows: GoalRow[]; others: Omit<GoalRow, "value" | "rate"> | null }
/** Null is a number of too few visitors. */
interface RealtimeAnswer {
  now: number | null; last_30: number; minutes: (number | null)[]; filter: string; pages: { value: string; visitors: number }[]; others: Others;
}
interface RevenueAnswer {
  filter: string; others: Others;
  rows: { value: string; currency: string; revenue: number | string; payments: number; visitors: number }[]; model: string;
}
interface FunnelAnswer { steps: { value: string; visitors: number | null; rate: number | null }[] }
interface RetentionAnswer { cohorts: { at: string; size: number; kept: (number | null)[] }[]; others: Others }
type Clicks = { clicks: number; visitors: number; scans: number };
interface LinksAnswer {
  now: Clicks; before: Clicks | null; points: Point[]; rows: { value: string; clicks: number; visitors: number }[]; others: Others; ignored: string[];
}

interface Question {
  period: string; from: string; to: string; compare: string; metric: Metric; filters: Record<string, string>;
}
interface Answer { state: "loading" | "ready" | "failed"; data?: any; code?: string; span?: Span; question?: string }
interface Door { token: string; session: string; isEmbedded: boolean; panel: string; theme: string }
interface Column { key: string; label: string; text: (row: any) => string; isNumber: boolean }
