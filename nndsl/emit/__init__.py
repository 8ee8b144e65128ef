"""The last step: the code tree that backends build, its printer, names, imports, templates."""
