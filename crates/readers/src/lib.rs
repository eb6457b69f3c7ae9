//! Bytes to facts: one folder per format or language.
//!
//! A reader knows no deploys: it says what a file declares, changes and uses, and its form says what happens when two versions
//! of that format meet. To add a format, add a folder and a line in [`READERS`]; a format whose versions meet also has a line
//! in [`FORMS`].

pub mod code;
pub mod deploy;
pub mod liquibase;
pub mod mybatis;
pub mod network;
pub mod prisma;
pub mod protobuf;
pub mod relational;
pub mod sql;

use coexist_model::{Form, Reader};

/// Every reader. A file goes to all that claim it.
pub static READERS: &[&dyn Reader] = &[
    &sql::Sql,
    &liquibase::Liquibase,
    &mybatis::MyBatis,
    &protobuf::Protobuf,
    &prisma::Prisma,
    &code::Code,
    &deploy::Deploy,
];

/// Every form. Each kind of surface belongs to one.
pub static FORMS: &[&dyn Form] = &[
    &relational::Relational,
    &protobuf::Wire,
    &deploy::Deployment,
];
