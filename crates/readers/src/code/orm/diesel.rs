//! diesel.
