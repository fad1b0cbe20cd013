//! clone3(2), pidfds, waiting.
