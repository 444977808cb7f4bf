"""Names that enrolments under way give to products: no two calls may name one product differently. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from tillsight.domain import ProductKey
from tillsight.errors import InvalidProduct


@dataclass(slots=True)
class Claims:
    """The names claimed, by product and call.

    A call claims a name before it looks the product up, and lets go of it after it has written: so of two calls at
    once the later one either meets the claim or finds the product. Other services on the same gallery are not seen.
    """

    _names: dict[ProductKey, dict[object, str]] = field(default_factory=dict)

    def claim(self, call: object, product: ProductKey, name: str) -> None:
        """Claim a name for a call, any hashable; raises InvalidProduct where another call claims another one."""
        claimed = self._names.setdefault(product, {})
        for other, known_as in claimed.items():
            if other != call and known_as != name:
                raise InvalidProduct(
                    f"product {product[0]!r} is being enrolled as {known_as!r} by another call, not as {name!r}"
                )
        claimed.setdefault(call, name)

    def release(self, call: object) -> None:
        """Let go of all that a call claimed."""
        for product in [product for product, claimed in self._names.items() if call in claimed]:
            del self._names[product][call]
            if not self._names[product]:
                del self._names[product]
