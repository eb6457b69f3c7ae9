//! The languages, one file of data each.

#[cfg(feature = "csharp")]
pub(super) mod csharp;
#[cfg(feature = "elixir")]
pub(super) mod elixir;
pub(super) mod go;
pub(super) mod java;
pub(super) mod javascript;
pub(super) mod kotlin;
#[cfg(feature = "php")]
pub(super) mod php;
pub(super) mod python;
pub(super) mod ruby;
pub(super) mod rust;
pub(super) mod typescript;
