"""`tocsin backtest`: the production engine over files, with no broker, writing what a live run would."""
