//! A first design out of what a repository shows.
//!
//! [`map`] turns sightings ([`coexist_model::Landscape`]) into services, stores, channels and edges, each with its evidence and a
//! confidence; [`text`] writes the map as a design, and [`form`] as JSON. A wrong edge is worse than a missed one: an address counts only
//! where something of exactly that name is started, and the order in which things start is no edge.

mod address;
mod form;
mod map;
mod products;
mod text;

#[cfg(test)]
mod tests;

pub use form::form;
pub use map::{Api, Channel, Direct, Edge, Evidence, External, Map, Node, Protocol, Store, map};
pub use text::text;
