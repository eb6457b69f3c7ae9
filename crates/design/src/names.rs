//! How the names of a design are found again in a repository, where the same thing is called a little differently.

use std::collections::BTreeMap;

/// Returns a name without case and separators.
pub fn folded(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

/// Returns a folded name without what every service is called, and without the ending of a plural.
pub fn stem(name: &str) -> String {
    let folded = folded(name);
    let endings = ["service", "server", "svc"].iter();
    let mut stems = endings.filter_map(|e| folded.strip_suffix(e).filter(|s| !s.is_empty()));
    let stem = stems.next().unwrap_or(&folded);
    stem.strip_suffix('s').unwrap_or(stem).to_owned()
}

/// Pairs the names that a repository uses with those that a design declares: the same names first, then those of one stem. A name
/// that fits several has no partner.
pub fn paired<'r, 'd>(
    seen: impl Iterator<Item = &'r str> + Clone,
    declared: impl Iterator<Item = &'d str> + Clone,
) -> BTreeMap<&'r str, &'d str> {
    let mut pairs: BTreeMap<&str, &str> = BTreeMap::new();
    let folds: [fn(&str) -> String; 2] = [str::to_owned, stem];
    for fold in folds {
        for name in seen.clone() {
            if pairs.contains_key(name) {
                continue;
            }
            let free = declared
                .clone()
                .filter(|d| !pairs.values().any(|taken| taken == d));
            let mut same = free.filter(|d| fold(d) == fold(name));
            if let (Some(one), None) = (same.next(), same.next()) {
                pairs.insert(name, one);
            }
        }
    }
    pairs
}
