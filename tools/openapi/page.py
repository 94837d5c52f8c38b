"""Write docs/api.html, which shows the document and sends requests, without a server or a network.

The document is part of the page, because a page opened as a file may not read other files.
"""

import json

from tools.openapi.schema import Schema

_PAGE = """\
<!doctype html>
<!-- Written by `make docs`. -->
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pixel API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="swagger-ui/swagger-ui.css">
<style>
body { margin: 0; background: #fafafa }
.try { max-width: 1420px; margin: 0 auto; padding: 20px 20px 0; font: 14px/1.5 sans-serif; color: #3b4151 }
.swagger-ui .info { margin: 20px 0 }
.swagger-ui .info .link, .swagger-ui tr > td.response-col_links.response-col_links { display: none }
#api { overflow-x: clip }
.swagger-ui .servers label select { max-width: 100% }
@media (max-width: 640px) {
  .swagger-ui .wrapper, .swagger-ui .scheme-container .schemes { padding: 0 10px }
  .swagger-ui .opblock .opblock-summary { flex-wrap: wrap }
  .swagger-ui .opblock .opblock-summary-description { flex-basis: 100%; padding: 6px 10px }
  .swagger-ui .opblock .opblock-summary-path { max-width: none }
  .swagger-ui table.responses-table, .swagger-ui table.headers { table-layout: fixed; width: 100% }
  .swagger-ui .opblock-body, .swagger-ui .opblock-body pre { overflow-wrap: anywhere }
  .swagger-ui table.responses-table > thead { display: none }
  .swagger-ui table.responses-table > tbody, .swagger-ui tr.response, .swagger-ui tr.response > td,
  .swagger-ui table.parameters tr, .swagger-ui table.parameters td { display: block; width: auto }
}
</style>
</head>
<body>
<p class="try">To try it here: <code>make run</code>, press Authorize, paste the key that it shows, and press Try it out
at a route. Requests go to the server that is chosen below, and nowhere else; the key is forgotten with the page.</p>
<div id="api"></div>
<script src="swagger-ui/swagger-ui-bundle.js"></script>
<script>
const ui = SwaggerUIBundle({
  dom_id: "#api",
  spec: $document,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  validatorUrl: null,
  // References are looked up relative to where the document is from, and not at all where that is a file.
  onComplete: () => ui.specActions.updateUrl("http://127.0.0.1/openapi.json"),
})
</script>
</body>
</html>
"""


def to_html(document: Schema) -> str:
    # No text of the document may close the script element around it.
    return _PAGE.replace("$document", json.dumps(document, separators=(",", ":")).replace("</", "<\\/"))
