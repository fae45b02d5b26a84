"""Bills: what a month of the scenario costs on each platform, line by line."""
