//! Any text, split into statements by the rules of each dialect.

#![no_main]

use coexist_model::{Dialect, File, Hints, Reader};
use coexist_readers::sql::Sql;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let file = File::new("dump.sql", text);
    for dialect in [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite] {
        let hints = Hints {
            dialect: Some(dialect),
            ..Hints::default()
        };
        let reading = Sql.read(&file, &hints);
        for operation in &reading.operations {
            assert!(operation.place.line <= file.line_count());
        }
        // The same text gives the same facts.
        assert_eq!(reading, Sql.read(&file, &hints));
    }
});
