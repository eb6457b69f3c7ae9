//! Which files hold code of a language that is read.

use std::collections::BTreeSet;

/// Returns whether the file may hold code of a language that is read, by its ending.
pub(crate) fn is_code(path: &str) -> bool {
    let code = [
        "py", "pyi", "ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "go", "rb", "rake",
        "java", "kt", "kts", "rs", "php", "cs", "ex", "exs",
    ];
    code.contains(&ending(path)) && !is_vendored_code(path)
}

/// Returns whether a vocabulary that holds for these endings holds for the file.
pub(crate) fn is_spoken_in(path: &str, endings: &BTreeSet<&str>) -> bool {
    endings.contains(ending(path)) && !is_vendored_code(path)
}

/// Returns whether the file is code that comes from elsewhere: it cannot use what this repository declares.
fn is_vendored_code(path: &str) -> bool {
    let vendored = |folder: &str| matches!(folder, "vendor" | "node_modules" | "third_party");
    !matches!(ending(path), "sql" | "prisma" | "proto") && path.split('/').any(vendored)
}

fn ending(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or_default()
}
