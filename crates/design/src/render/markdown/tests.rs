//! The documents of the shop, as people read them.

use expect_test::expect_file;

use super::markdown;

const SHOP: &str = include_str!("../../../examples/shop.design");

#[test]
fn the_shop_as_a_page() {
    expect_file!["../../../examples/shop.md"].assert_eq(&markdown("shop.design", SHOP).unwrap());
}
