"""The gRPC server: servicers that convert, await and convert; interceptors; the table of statuses."""
