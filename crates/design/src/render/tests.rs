//! What stands in a design stays text.

use expect_test::expect;

use super::markdown;

#[test]
fn what_stands_in_a_design_stays_text() {
    let design = r#"design a 1
justify compliance "a | b <script> @team *x* `y`"
service s { team "t | u"; fails { upstream "```"; downstream none } }
workflow w by id {
  start Go at s { stop }
}
"#;
    let page = markdown("a|b.design", design, None);
    let page = page.unwrap_or_else(|problems| panic!("{problems:?}"));
    let row = page.lines().find(|l| l.contains("compliance")).unwrap();
    expect![[r#"| for | compliance | a \| b &lt;script&gt; @<!-- -->team \*x\* \`y\` |  | 2 |"#]]
        .assert_eq(row);
}
