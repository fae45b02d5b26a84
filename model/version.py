"""The version of model and data: the day of the newest entry in CHANGELOG.md, so that a document names what made it."""

VERSION = "2026.11.23"
