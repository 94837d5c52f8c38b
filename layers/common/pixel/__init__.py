"""What every function of Pixel API imports. Each module imports only from those above it:

json_objects       what events, answers and bodies are
errors             every failure: code, status, sentence
clock              the one place where time enters
config             typed settings and the AWS environment, read once
logs               the structured logger and the metrics
http_answers       answers of HTTP/1.1 as they come over a connection
http_pool          requests over connections that are kept
aws                signed JSON calls to AWS
dynamodb           items and the few operations that routes need
parameter_store    secrets, read once in a while
sqs                messages into queues, and when they come back
s3                 objects, read as streams or written whole
workspace_tokens   tokens of the configured Tinybird workspace
keys               API keys: format, checksum, hash
key_records        what is stored about a key, and its look-up
faults             what is wrong with single fields, all at once
read_lists         the lists of known names in lists/
web_addresses      host, path and query of an address
ai_engines         AI assistants by host, utm_source and user agent
traffic_sources    the channel of a visit: one decision table
user_agents        device, browser and system of a user agent
bots               who is no visitor, and by what it is known
enrichment         the columns that follow from what a sender said
workspace_records  what a workspace owns, and its lists
caller             who calls, as the authorizer tells the routes
answers            the envelope of every answer
public_route       the entry of a route without a key, and the end of every route
openapi_document   the description of this API, as it is served
rate_limit         requests a minute, counted per workspace
authorizer         Authorization header -> policy
query_parameters   what stands after the ?, checked
route              the entry of a route function
record_lists       the entry of the list routes
pipes              the catalogue of pipes
pipe_descriptions  the catalogue as callers see it
visitors           a visitor's id in a path
report_window      from, to and timezone of a report
report_question    what a caller asks of a pipe
datasources        names of the datasources
tinybird_tokens    tokens that read one pipe of one workspace
tinybird           calls to Tinybird, with patience
reports            a token or rows for a caller
forwarding         rows to Tinybird, and what became of them
spill              rows that Tinybird cannot take now, or never
drain              what was spilled, to Tinybird after all
personal_data      what identifies a person, hashed
field_types        what the fields of an event may hold
model_schemas      models as pydantic's core takes them
event_models       what may be sent, one model per event name
rows               rows of the datasources
claims             who sends an id first has it
known_websites     websites looked up of late
sent_events        an event under way
ingest             events on their way in, until they are kept
request_bodies     bodies: declared, packed, JSON without ambiguities
ingest_requests    events in the body of a request
envelopes          what a message holds, whoever wrapped it
sourced_events     events of sources at which nobody waits
queue_events       the consumer of the ingest queue
stream_events      the consumer of the event stream
file_lines         lines of a file of any size, packed or not
csv_columns        the header of a CSV file, and an event of its cells
file_rows          rows of a file, NDJSON or CSV
import_progress    how far the import of an object has come, and who is at it
import_reports     rejected rows and the summary of an import
file_import        an object's events, to the end or to be continued
file_events        the consumer of the queue of files
warehouse_checks   proof that Tinybird takes our tokens
health             checks of what the API stands on
canary             the checks on a schedule, as metrics
"""

import gc

__version__ = "0.1.0"

# A start makes some ten thousand objects that stay; the collector would go through them again and again: 6 % of it.
gc.set_threshold(50_000)
