"""The products the store sells: categories, brands, flavours, sizes and produce varieties."""
