"""What each command does; imported only when it runs, so that a station needs no server packages."""
