//! Code that uses a store through a tool: each one has a file.
//!
//! A tool that declares its tables in code gives [`coexist_model::ModelDeclaration`]s, and its uses are accesses to surfaces of
//! kind [`coexist_model::SurfaceKind::Model`]; linking turns them into accesses to columns.

pub(crate) mod active_record;
pub(super) mod diesel;
pub(super) mod django;
pub(super) mod prisma;
pub(super) mod sqlalchemy;
