//! Netlink sockets and message encoding, shared by routes and nftables.
