"""What all tools share: how a command starts, shows progress and figures, and runs a model in this process."""
