"""What the shipped models and the whole service get right, measured on photos given by the caller."""
