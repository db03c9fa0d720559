"""The routes of each column: thin functions that call one service method each."""
