"""Full-text search over what is stored: an index that is kept beside loading, and questions to it."""
