"""A recorded search for programs that are no terminal: a page for a browser, and graphs."""
