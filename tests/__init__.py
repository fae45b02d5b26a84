"""A package by name, so that no other package called tests on the path is taken for it."""
