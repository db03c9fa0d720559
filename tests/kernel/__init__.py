"""Proves the kernel side in real kernels and shells."""
