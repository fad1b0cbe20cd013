//! `dabba`: the one program. Sub-commands, configuration, wiring.

fn main() {}
