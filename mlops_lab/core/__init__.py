"""The words and rules of the product: frozen structs and pure functions, with no input or output."""
