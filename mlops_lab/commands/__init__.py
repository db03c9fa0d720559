"""The commands of ``mlops-lab``: what is typed becomes a call of a service, its answer a table or JSON."""
