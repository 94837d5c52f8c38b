"""Questions asked of a pipe, and their answers as tokens or rows."""
