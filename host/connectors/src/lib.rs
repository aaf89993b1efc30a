//! host/connectors
