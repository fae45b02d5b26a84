"""The answer of each page in a sentence or two, from results alone; a module for each page."""
