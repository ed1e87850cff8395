"""The files of the pages, named by their content."""
