"""Files beside a scenario, read into its tables and written from them."""
