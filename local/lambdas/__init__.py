"""The functions of the embedded stack under AWS's runtime client, and what invokes them."""
