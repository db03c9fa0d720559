"""The door for browsers and kernels: the Jupyter server extension with its REST routes and events."""
