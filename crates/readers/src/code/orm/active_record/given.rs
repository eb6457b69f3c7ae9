//! The attributes that an object of a class has a value for whenever it is saved: by a default, or because the class refuses it otherwise.
//!
//! <https://guides.rubyonrails.org/active_record_validations.html>,
//! <https://guides.rubyonrails.org/association_basics.html#optional>,
//! <https://api.rubyonrails.org/classes/ActiveRecord/Attributes/ClassMethods.html>.

use crate::code::ruby::{Scope, Sent};
use crate::code::syntax::Id;

/// Validations that refuse nil, unless they say that they allow it.
const REFUSES: &[&str] = &["presence", "inclusion", "numericality"];
/// Options by which a validation lets some objects pass.
const SOMETIMES: &[&str] = &["if", "unless", "on", "allow_nil", "allow_blank"];

/// Returns the attributes of a class, by the statements in its body.
pub(super) fn given(scope: &Scope<'_, '_, '_>, own: &[Id]) -> Vec<String> {
    let s = scope.context.syntax;
    // Rails keeps the times and the name of the class by itself.
    let kept = ["created_at", "updated_at", "type"];
    let mut found: Vec<String> = kept.into_iter().map(str::to_owned).collect();
    for sent in own.iter().filter_map(|&id| Sent::of(s, id)) {
        let words = || sent.placed.iter().filter_map(|&p| scope.word(p));
        let says = |name: &&str| sent.options.get(name).is_some();
        match sent.name {
            "validates" | "validates!" => {
                let refuses = REFUSES.iter().any(says) && !SOMETIMES.iter().any(says);
                found.extend(words().filter(|_| refuses));
            }
            "validates_presence_of" | "validates_inclusion_of" | "validates_numericality_of" => {
                found.extend(words().filter(|_| !SOMETIMES.iter().any(says)));
            }
            "belongs_to" => {
                let flag = |name| sent.options.flag(s, name);
                if flag("optional") != Some(true) && flag("required") != Some(false) {
                    let key = sent.options.get("foreign_key").and_then(|k| scope.word(k));
                    let by_convention = || words().next().map(|name| format!("{name}_id"));
                    found.extend(key.or_else(by_convention));
                }
            }
            "attribute" | "enum" if says(&"default") => found.extend(words().take(1)),
            "has_secure_token" => found.push(words().next().unwrap_or_else(|| "token".to_owned())),
            "has_secure_password" => found.push("password_digest".to_owned()),
            _ => {}
        }
    }
    found
}
