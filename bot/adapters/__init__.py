"""The world: each module is the only one to import its library."""
