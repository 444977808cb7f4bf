"""Name reservations: two calls at the same time cannot give one product two names. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from tillsight.domain.errors import InvalidProduct
from tillsight.domain.identifiers import ProductKey


@dataclass(slots=True)
class NameReservations:
    """The reserved names, by product and call.

    A call reserves a name before it looks the product up, and releases it after it has written. Of two calls at the
    same time the later one therefore either meets the reservation or finds the product. Reservations are per process:
    another service on the same gallery does not see them.
    """

    _names: dict[ProductKey, dict[object, str]] = field(default_factory=dict)

    def reserve(self, call: object, product: ProductKey, name: str) -> None:
        """Reserve a name for a call (any hashable); raises InvalidProduct if another call reserved another name."""
        reserved = self._names.setdefault(product, {})
        for other, other_name in reserved.items():
            if other != call and other_name != name:
                raise InvalidProduct(
                    f"product {product[0]!r} is being enrolled as {other_name!r} by another call, not as {name!r}"
                )
        reserved.setdefault(call, name)

    def release(self, call: object) -> None:
        """Release all reservations of a call."""
        for product in [product for product, reserved in self._names.items() if call in reserved]:
            del self._names[product][call]
            if not self._names[product]:
                del self._names[product]
