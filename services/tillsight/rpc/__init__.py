"""The gRPC server: servicers, converters between messages and domain values, interceptors, and error statuses."""
