"""What is known of a model before any framework is loaded: one pass per file."""
