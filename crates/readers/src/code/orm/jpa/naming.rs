//! The names that Hibernate and Spring derive.
//!
//! Spring Boot writes every name in snake case, also one that is spelled out:
//! <https://docs.spring.io/spring-boot/how-to/data-access.html#howto.data-access.configure-hibernate-naming-strategy>. Hibernate by itself
//! takes names as they are. Which strategy holds stands in a file of settings, so linking takes the column that the store has.

/// Returns a name in snake case, as `CamelCaseToUnderscoresNamingStrategy` does: an underscore between a small letter, and a capital
/// that a small letter follows.
pub(super) fn snake(name: &str) -> String {
    let letters: Vec<char> = name.replace('.', "_").chars().collect();
    let mut out = String::new();
    for (at, &c) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|b| letters.get(b));
        let after = letters.get(at + 1);
        let parts = before.is_some_and(|b| b.is_lowercase())
            && c.is_uppercase()
            && after.is_some_and(|a| a.is_lowercase());
        if parts {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// Returns the property of an accessor: `getFirstName`, `isOpen`.
pub(super) fn property(method: &str) -> Option<String> {
    let rest = method
        .strip_prefix("get")
        .or_else(|| method.strip_prefix("is"))?;
    decapitalized(rest)
}

/// Returns the property of a setter: `setFirstName`.
pub(super) fn setter(method: &str) -> Option<String> {
    decapitalized(method.strip_prefix("set")?)
}

fn decapitalized(rest: &str) -> Option<String> {
    let mut letters = rest.chars();
    let first = letters.next().filter(|c| c.is_uppercase())?;
    // `getURL` is `URL`: a name that begins with two capitals stays as it is.
    if letters.as_str().starts_with(char::is_uppercase) {
        return Some(rest.to_owned());
    }
    Some(first.to_lowercase().collect::<String>() + letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_spring() {
        let pairs = [
            ("firstName", "first_name"),
            ("UserAccount", "user_account"),
            ("userID", "userid"),
            ("USER_ENTITY", "user_entity"),
            ("e_mail", "e_mail"),
            ("planB", "planb"),
        ];
        for (name, column) in pairs {
            assert_eq!(snake(name), column);
        }
    }

    #[test]
    fn accessors_name_properties() {
        assert_eq!(property("getFirstName").as_deref(), Some("firstName"));
        assert_eq!(property("isOpen").as_deref(), Some("open"));
        assert_eq!(property("getURL").as_deref(), Some("URL"));
        assert_eq!(property("get"), None);
        assert_eq!(property("settle"), None);
        assert_eq!(setter("settle"), None);
        assert_eq!(setter("setFirstName").as_deref(), Some("firstName"));
    }
}
