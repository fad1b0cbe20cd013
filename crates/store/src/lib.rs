//! Transactions, typed tables, recovery.
