"""The bench (测速): the whole walk beside a ceiling and a peer, in one run on one machine."""
