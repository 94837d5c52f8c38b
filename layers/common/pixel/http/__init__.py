"""HTTP requests and responses, as all routes handle them."""
