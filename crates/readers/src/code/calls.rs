//! Which functions a file declares and which methods it calls, by name and number of arguments.

use std::collections::BTreeSet;

use coexist_model::File;

use super::profile::profile_of;
use super::syntax::Syntax;

/// A function by its name and the number of its arguments.
pub type Signature = (String, usize);

/// Returns the functions of these names that a file of code declares.
pub fn declared(file: &File, names: &BTreeSet<String>) -> BTreeSet<Signature> {
    let Some(syntax) = parsed(file) else {
        return BTreeSet::new();
    };
    let s = &syntax;
    let functions = s
        .all()
        .filter(|&id| s.profile.functions.contains(&s.kind(id)));
    let signature = |id| {
        let name = s.text(s.child(id, "name")?);
        let parameters = s.child(id, "parameters")?;
        Some((name.to_owned(), s.named(parameters).count()))
    };
    functions
        .filter_map(signature)
        .filter(|(name, _)| names.contains(name))
        .collect()
}

/// Returns the methods of these names that a file of code calls; None where it cannot be told.
pub fn called(file: &File, names: &BTreeSet<String>) -> Option<BTreeSet<Signature>> {
    let syntax = parsed(file)?;
    let s = &syntax;
    let calls = s.all().filter_map(|id| s.call(id));
    let found = calls
        .filter(|&call| names.contains(s.called(call)))
        .map(|call| (s.called(call).to_owned(), s.arguments(call).len()))
        .collect();
    Some(found)
}

/// Returns the tree of a file of code.
pub(super) fn parsed(file: &File) -> Option<Syntax<'_>> {
    let profile = profile_of(&file.path, &file.text)?;
    Syntax::parse(&file.text, profile).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_told_by_its_arguments_too() {
        let text = "package a\nfunc (q *Q) GetUser(ctx C, id int) error { return nil }\nfunc f(s S) { s.GetUser(a, b, c(d)); GetUser() }\n";
        let file = File::new("a.go", text);
        let names = BTreeSet::from(["GetUser".to_owned()]);
        assert_eq!(
            declared(&file, &names),
            BTreeSet::from([("GetUser".to_owned(), 2)])
        );
        assert_eq!(
            called(&file, &names),
            Some(BTreeSet::from([
                ("GetUser".to_owned(), 0),
                ("GetUser".to_owned(), 3)
            ]))
        );
    }
}
