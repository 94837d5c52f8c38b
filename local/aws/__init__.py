"""The AWS services of the embedded stack, served by moto."""
