"""A whole estate: one service per row, both platforms judged for each, and what moving them all would bring."""
