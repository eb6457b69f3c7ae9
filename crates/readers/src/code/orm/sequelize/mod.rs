//! Sequelize: models, and the queries made through them.

pub(in crate::code) mod types;
