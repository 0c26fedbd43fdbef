"""A recorded search for programs that are not a terminal: a page for a browser, and graphs."""
