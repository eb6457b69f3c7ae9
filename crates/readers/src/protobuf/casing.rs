//! How the generators of each language turn a name of a proto file into one of theirs.

/// Returns the name as `protoc-gen-go` spells it: `total_price` becomes `TotalPrice`, `foo_1` stays `Foo_1`.
///
/// Follows `GoCamelCase`: <https://pkg.go.dev/google.golang.org/protobuf/internal/strs#GoCamelCase>
pub(super) fn go(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let chars: Vec<char> = name.chars().collect();
    let lower = |at: usize| chars.get(at).is_some_and(char::is_ascii_lowercase);
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        match c {
            '.' if lower(at + 1) => {}
            '.' => out.push('_'),
            '_' if at == 0 || chars[at - 1] == '.' => out.push('X'),
            '_' if lower(at + 1) => {}
            c if c.is_ascii_digit() => out.push(c),
            c => {
                out.push(c.to_ascii_uppercase());
                while lower(at + 1) {
                    at += 1;
                    out.push(chars[at]);
                }
            }
        }
        at += 1;
    }
    out
}

/// Returns the name as Java's generator spells a field: letters after `_` and after digits become capitals.
///
/// Follows `UnderscoresToCamelCase` of protoc's Java generator.
pub(super) fn java(name: &str, first_capital: bool) -> String {
    let mut capital = first_capital;
    let mut out = String::with_capacity(name.len());
    for (at, c) in name.chars().enumerate() {
        if c.is_ascii_lowercase() && capital {
            out.push(c.to_ascii_uppercase());
            capital = false;
        } else if c.is_ascii_uppercase() && at == 0 && !first_capital {
            out.push(c.to_ascii_lowercase());
            capital = false;
        } else if c.is_ascii_digit() {
            out.push(c);
            capital = true;
        } else if c.is_alphanumeric() {
            out.push(c);
            capital = false;
        } else {
            capital = true;
        }
    }
    out
}

/// Returns the name that JSON uses where no `json_name` is given: `total_price` becomes `totalPrice`.
///
/// Source: <https://protobuf.dev/programming-guides/json/>
pub(crate) fn json(name: &str) -> String {
    let mut capital = false;
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '_' => capital = true,
            c if capital => {
                out.push(c.to_ascii_uppercase());
                capital = false;
            }
            c => out.push(c),
        }
    }
    out
}

/// Returns the name with its first letter small.
pub(super) fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |c| {
        c.to_ascii_lowercase().to_string() + chars.as_str()
    })
}

/// Returns the name in snake case, with the word borders that `heck` (prost) and Ruby's generator see: `HTTPRule` becomes
/// `http_rule`.
pub(super) fn snake(name: &str) -> String {
    words(name)
        .iter()
        .map(|w| w.to_lowercase())
        .collect::<Vec<_>>()
        .join("_")
}

/// Returns the name in upper camel case as `heck` (prost) writes it: `STATUS_PAID` becomes `StatusPaid`.
pub(super) fn upper_camel(name: &str) -> String {
    words(name)
        .iter()
        .map(|w| capitalised(&w.to_lowercase()))
        .collect()
}

/// Returns the text with its first letter as a capital.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| {
        c.to_uppercase().collect::<String>() + chars.as_str()
    })
}

/// Splits a name where case changes and at `_`; digits belong to what is before them.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in name.split(|c: char| !c.is_alphanumeric()) {
        let chars: Vec<char> = part.chars().collect();
        let (mut word, mut was_upper, mut was_lower) = (String::new(), false, false);
        for (at, &c) in chars.iter().enumerate() {
            let acronym_ends = was_upper
                && c.is_uppercase()
                && chars.get(at + 1).is_some_and(|n| n.is_lowercase());
            if (was_lower && c.is_uppercase()) || acronym_ends {
                words.push(std::mem::take(&mut word));
            }
            if c.is_alphabetic() {
                (was_upper, was_lower) = (c.is_uppercase(), c.is_lowercase());
            }
            word.push(c);
        }
        words.push(word);
    }
    words.retain(|w| !w.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expect: &str) {
        let got = format!(
            "{} {} {} {} {} {}",
            go(name),
            java(name, true),
            java(name, false),
            json(name),
            snake(name),
            upper_camel(name)
        );
        assert_eq!(got, expect);
    }

    #[test]
    fn names_are_turned_as_the_generators_do() {
        check(
            "total_price",
            "TotalPrice TotalPrice totalPrice totalPrice total_price TotalPrice",
        );
        check("foo_1", "Foo_1 Foo1 foo1 foo1 foo_1 Foo1");
        check("a1b", "A1B A1B a1B a1b a1b A1b");
        check("_id", "XId Id Id Id id Id");
        check(
            "HTTPRule",
            "HTTPRule HTTPRule hTTPRule HTTPRule http_rule HttpRule",
        );
        check(
            "STATUS_PAID",
            "STATUS_PAID STATUSPAID sTATUSPAID STATUSPAID status_paid StatusPaid",
        );
        check(
            "OrdersV2",
            "OrdersV2 OrdersV2 ordersV2 OrdersV2 orders_v2 OrdersV2",
        );
        check("", "     ");
    }
}
