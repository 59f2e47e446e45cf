"""Laws of durations and of counts, and the random variables behind them."""
