"""Events of browsers: who may send them, who is a visitor, and the script that sends them."""
