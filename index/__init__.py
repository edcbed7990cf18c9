"""Everything before a question: files, passages, terms, vectors, the store and its build."""
