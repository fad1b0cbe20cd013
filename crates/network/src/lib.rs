//! Bridges, endpoints, the firewall, names.
