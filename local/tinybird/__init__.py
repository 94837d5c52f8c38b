"""A stand-in for Tinybird: serves the project's datafiles on ClickHouse behind Tinybird's HTTP API.

Run as `python -m local.tinybird --project FOLDER --port N`, in its own virtual environment, because Tinybird's package
pins old versions of packages that the functions use. `tokens` needs only the standard library, so that the stack may
import it.

errors         errors that stop a start, and errors that answer a request
datafiles      the project: .datasource and .pipe files, read by Tinybird's own parser
line_numbers   the line of a file that an error is about
templates      a node's SQL with a request's parameters, by Tinybird's own template engine
composition    one query out of a pipe's nodes and of the pipes it reads
storage        chDB: the connections, the threads they are used on, queries
tables         the tables of the datasources, kept across restarts and schema changes
validation     checks of the project before the first request is served
tokens         admin and static tokens
access         the rights of a request's token, static or JWT
column_types   which JSON value fits which column
rows           NDJSON to rows, and rows that do not fit to quarantine
appending      inserts of rows
rate_limits    requests per second and bucket
faults         injected failures
exchange       a request and its answer, without the web server
workspace      the project, storage, tokens and limits that requests use
reloading      changed files of the project, taken up while it is served
events_api     POST /v0/events
pipes_api      GET and POST /v0/pipes/NAME.json
datasources_api  deletes, jobs and what a datasource holds
inspection_api   /_health, /_faults, /_sql, /_plans, which Tinybird does not have
server         HTTP, CORS, faults, errors
"""
