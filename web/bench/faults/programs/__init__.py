"""The programs of the fault rounds (试验程序): a station at load, and a tracker with bad luck."""
