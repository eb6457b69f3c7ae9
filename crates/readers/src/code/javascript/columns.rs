//! A column as a tool describes it.

/// A column as a tool describes it.
#[derive(Debug, Clone, Default)]
pub(in crate::code) struct Described {
    /// The type as the store spells it.
    pub(in crate::code) type_name: String,
    /// Whether it refuses NULL.
    pub(in crate::code) required: bool,
    /// The default of the database, as SQL.
    pub(in crate::code) default: Option<String>,
    /// Whether the database counts or computes it.
    pub(in crate::code) generated: bool,
    /// Whether it is the primary key.
    pub(in crate::code) primary: bool,
    /// Whether no two rows may have the same value.
    pub(in crate::code) unique: bool,
    /// The table that it points to.
    pub(in crate::code) references: Option<String>,
}
