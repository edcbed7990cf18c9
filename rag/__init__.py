"""Everything after the question: retrieval, evidence, the cited answer."""
