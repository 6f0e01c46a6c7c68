//! What every adapter of a port must keep to, whatever is behind it.

mod object_store;
