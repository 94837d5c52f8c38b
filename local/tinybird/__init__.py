"""A stand-in for Tinybird: the project's own files, on ClickHouse in this process, behind Tinybird's HTTP interface.

Run as `python -m local.tinybird --project FOLDER --port N`, in its own virtual environment: Tinybird's package pins
old versions of what the functions need. Nothing here imports from the rest of `local`; `tokens` needs nothing but
Python, so the stack may import it.

errors         what stops a start, and what a request is refused with
datafiles      the project: .datasource and .pipe files, read by Tinybird's own parser
line_numbers   where in a file a refusal belongs
templates      a node's SQL with a request's parameters, by Tinybird's own template engine
composition    one query out of a pipe's nodes and of the pipes it reads
storage        chDB: the connections, the threads they are used on, queries
tables         the tables of the datasources, kept over restarts and schema changes
validation     what must hold before the first request is served
tokens         admin and static tokens: made, read and derived
access         what the token of a request, static or JWT, may do
column_types   which JSON value fits which column
rows           NDJSON into rows, and the rows that do not fit into quarantine
appending      rows into tables
rate_limits    requests per second and bucket
faults         failures on request
exchange       a request and its answer, without the web server
workspace      all that an API works on
reloading      changed files of the project, taken up while it is served
events_api     POST /v0/events
pipes_api      GET and POST /v0/pipes/NAME.json
datasources_api  deletes, jobs and what a datasource holds
inspection_api   /_health, /_faults, /_sql, /_plans: what Tinybird has not
server         HTTP, CORS, faults, errors
"""
