"""What tests need and do not test: sites on loopback, and the command line as a child process."""
