//! The names that Rails derives: `Person` is stored in `people`, `orders` are pointed to by `order_id`.
//!
//! The rules are those of ActiveSupport, the last one that fits first:
//! <https://github.com/rails/rails/blob/main/activesupport/lib/active_support/inflections.rb>.

/// Words that are their own plural.
const UNCOUNTABLE: &[&str] = &[
    "equipment",
    "information",
    "rice",
    "money",
    "species",
    "series",
    "fish",
    "sheep",
    "jeans",
    "police",
];

/// Words with a plural of their own.
const IRREGULAR: &[(&str, &str)] = &[
    ("person", "people"),
    ("man", "men"),
    ("child", "children"),
    ("sex", "sexes"),
    ("move", "moves"),
    ("zombie", "zombies"),
];

/// Words that are told apart as a whole only: `slice` is no louse.
const WHOLE: &[(&str, &str)] = &[
    ("mouse", "mice"),
    ("louse", "lice"),
    ("ox", "oxen"),
    ("axis", "axes"),
    ("testis", "testes"),
];

/// How a singular ends and its plural; the first that fits counts.
const PLURALS: &[(&str, &str)] = &[
    ("quiz", "quizzes"),
    ("matrix", "matrices"),
    ("vertex", "vertices"),
    ("index", "indices"),
    ("indix", "indices"),
    ("x", "xes"),
    ("ch", "ches"),
    ("ss", "sses"),
    ("sh", "shes"),
    ("quy", "quies"),
    ("sis", "ses"),
    ("tum", "ta"),
    ("ium", "ia"),
    ("ta", "ta"),
    ("ia", "ia"),
    ("buffalo", "buffaloes"),
    ("tomato", "tomatoes"),
    ("bus", "buses"),
    ("alias", "aliases"),
    ("status", "statuses"),
    ("octopus", "octopi"),
    ("virus", "viri"),
    ("octopi", "octopi"),
    ("viri", "viri"),
];

/// How a plural ends and its singular; the first that fits counts.
const SINGULARS: &[(&str, &str)] = &[
    ("databases", "database"),
    ("quizzes", "quiz"),
    ("matrices", "matrix"),
    ("vertices", "vertex"),
    ("indices", "index"),
    ("aliases", "alias"),
    ("alias", "alias"),
    ("statuses", "status"),
    ("status", "status"),
    ("octopi", "octopus"),
    ("viri", "virus"),
    ("crises", "crisis"),
    ("testes", "testis"),
    ("shoes", "shoe"),
    ("buses", "bus"),
    ("bus", "bus"),
    ("xes", "x"),
    ("ches", "ch"),
    ("sses", "ss"),
    ("shes", "sh"),
    ("movies", "movie"),
    ("series", "series"),
    ("quies", "quy"),
    ("tives", "tive"),
    ("hives", "hive"),
    ("lves", "lf"),
    ("rves", "rf"),
    ("analyses", "analysis"),
    ("bases", "basis"),
    ("diagnoses", "diagnosis"),
    ("parentheses", "parenthesis"),
    ("prognoses", "prognosis"),
    ("synopses", "synopsis"),
    ("theses", "thesis"),
    ("news", "news"),
    ("ss", "ss"),
];

/// Returns the plural of a word: `user_group` → `user_groups`.
pub(super) fn plural(word: &str) -> String {
    if is_uncountable(word) {
        return word.to_owned();
    }
    if let Some((_, many)) = WHOLE
        .iter()
        .find(|(one, many)| word == *one || word == *many)
    {
        return (*many).to_owned();
    }
    for (one, many) in IRREGULAR {
        if let Some(found) = swapped(word, many, many).or_else(|| swapped(word, one, many)) {
            return found;
        }
    }
    if let Some(found) = PLURALS
        .iter()
        .find_map(|(one, many)| swapped(word, one, many))
    {
        return found;
    }
    let before_y = word.strip_suffix('y').and_then(|w| w.chars().next_back());
    if before_y.is_some_and(|c| !"aeiou".contains(c)) {
        return swapped(word, "y", "ies").unwrap_or_default();
    }
    // `half` and `wolf`, `knife` and `life`, but not `cliff`.
    if word.ends_with("lf") || word.ends_with("rf") {
        return swapped(word, "f", "ves").unwrap_or_default();
    }
    if let Some(stem) = word.strip_suffix("fe").filter(|s| !s.ends_with('f')) {
        return format!("{stem}ves");
    }
    match word.ends_with('s') {
        true => word.to_owned(),
        false => format!("{word}s"),
    }
}

/// Returns the singular of a word: `user_groups` → `user_group`.
pub(super) fn singular(word: &str) -> String {
    if is_uncountable(word) {
        return word.to_owned();
    }
    if let Some((one, _)) = WHOLE
        .iter()
        .find(|(one, many)| word == *one || word == *many)
    {
        return (*one).to_owned();
    }
    for (one, many) in IRREGULAR {
        if let Some(found) = swapped(word, many, one).or_else(|| swapped(word, one, one)) {
            return found;
        }
    }
    let found = SINGULARS
        .iter()
        .find_map(|(many, one)| swapped(word, many, one));
    if let Some(found) = found {
        return found;
    }
    if let Some(stem) = word.strip_suffix("ies") {
        let consonant = stem.chars().next_back();
        if consonant.is_some_and(|c| !"aeiou".contains(c)) {
            return format!("{stem}y");
        }
    }
    if let Some(stem) = word.strip_suffix("ves").filter(|s| !s.ends_with('f')) {
        return format!("{stem}fe");
    }
    for (many, one) in [("ta", "tum"), ("ia", "ium")] {
        if let Some(found) = swapped(word, many, one) {
            return found;
        }
    }
    swapped(word, "oes", "o")
        .or_else(|| swapped(word, "s", ""))
        .unwrap_or_else(|| word.to_owned())
}

/// Returns the name of a class in snake case: `UserGroup` → `user_group`, `HTMLPage` → `html_page`.
pub(crate) fn underscored(class: &str) -> String {
    let letters: Vec<char> = class.chars().collect();
    let mut out = String::new();
    for (at, &c) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|i| letters.get(i));
        let after = letters.get(at + 1);
        let word_before = before.is_some_and(|b| b.is_lowercase() || b.is_ascii_digit());
        let acronym_before =
            before.is_some_and(|b| b.is_uppercase()) && after.is_some_and(|a| a.is_lowercase());
        if c.is_uppercase() && (word_before || acronym_before) {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// Returns the table of a class without one of its own: `Shop::OrderLine` → `order_lines`.
pub(super) fn table_of(class: &str) -> String {
    let bare = class.rsplit("::").next().unwrap_or(class);
    plural(&underscored(bare))
}

/// Returns the class that an association of that name leads to: `order_lines` → `OrderLine`.
pub(crate) fn class_of(association: &str) -> String {
    let parts = singular(association);
    let parts = parts.split('_').map(|part| {
        let mut letters = part.chars();
        let first = letters.next().map(|c| c.to_uppercase().collect::<String>());
        first.unwrap_or_default() + letters.as_str()
    });
    parts.collect()
}

fn is_uncountable(word: &str) -> bool {
    UNCOUNTABLE.iter().any(|u| {
        let before = word.strip_suffix(u).map(|rest| rest.chars().next_back());
        before.is_some_and(|c| c.is_none_or(|c| !c.is_alphanumeric()))
    })
}

fn swapped(word: &str, end: &str, by: &str) -> Option<String> {
    let stem = word.strip_suffix(end)?;
    Some(format!("{stem}{by}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_the_plural_of_its_class() {
        let pairs = [
            ("User", "users"),
            ("Admin::User", "users"),
            ("Category", "categories"),
            ("Address", "addresses"),
            ("Status", "statuses"),
            ("Person", "people"),
            ("SalesPerson", "sales_people"),
            ("Child", "children"),
            ("Day", "days"),
            ("Box", "boxes"),
            ("Analysis", "analyses"),
            ("HTMLPage", "html_pages"),
            ("OAuthToken", "o_auth_tokens"),
            ("Equipment", "equipment"),
            ("UserNews", "user_news"),
            ("Media", "media"),
            ("Wolf", "wolves"),
            ("Knife", "knives"),
            ("Staff", "staffs"),
            ("Index", "indices"),
            ("Quiz", "quizzes"),
            ("Datum", "data"),
            ("OidcApiKeyRole", "oidc_api_key_roles"),
        ];
        for (class, table) in pairs {
            assert_eq!(table_of(class), table, "{class}");
        }
    }

    #[test]
    fn a_reference_is_named_by_the_singular() {
        let pairs = [
            ("users", "user"),
            ("people", "person"),
            ("categories", "category"),
            ("addresses", "address"),
            ("statuses", "status"),
            ("movies", "movie"),
            ("news", "news"),
            ("wolves", "wolf"),
            ("series", "series"),
            ("databases", "database"),
            ("data", "datum"),
            ("analyses", "analysis"),
            ("boss", "boss"),
            ("houses", "house"),
            ("archives", "archive"),
        ];
        for (table, word) in pairs {
            assert_eq!(singular(table), word, "{table}");
        }
        assert_eq!(class_of("order_lines"), "OrderLine");
    }
}
