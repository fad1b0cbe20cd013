//! A typed client of the Docker API.
