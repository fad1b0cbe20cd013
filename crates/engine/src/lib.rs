//! Containers, images, networks and volumes: nouns, life cycles and rules.
