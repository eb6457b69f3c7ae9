//! What is drawn from designs, held against the programs that read it.

mod alerts;
mod pages;
mod queries;

use std::path::Path;

const SHOP: &str = include_str!("../../../examples/shop.design");

/// A design in which every name that may be any text is one that hurts.
const HOSTILE: &str = include_str!("hostile.design");

/// Returns every design of the cookbook with its path, in order.
fn cookbook() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut designs = Vec::new();
    for case in std::fs::read_dir(folder).unwrap().flatten() {
        for name in ["broken.design", "mended.design"] {
            let path = case.path().join(name);
            let text = std::fs::read_to_string(&path).unwrap();
            let case = case.file_name();
            designs.push((format!("{}/{name}", case.display()), text));
        }
    }
    designs.sort();
    designs
}

/// Returns the shop, the hostile design and the cookbook.
fn all() -> Vec<(String, String)> {
    let own = [("shop.design", SHOP), ("hostile.design", HOSTILE)];
    let own = own.map(|(path, text)| (path.to_owned(), text.to_owned()));
    own.into_iter().chain(cookbook()).collect()
}
