"""What is done to stored texts later on, beside loading workers: new hashes and keys, retention."""
