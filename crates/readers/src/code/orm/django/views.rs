//! Generic views that insert the rows of a model with no line that says so: `ModelViewSet` of Django REST framework, `CreateView`.
//!
//! <https://www.django-rest-framework.org/api-guide/generic-views/>,
//! <https://docs.djangoproject.com/en/5.2/ref/class-based-views/generic-editing/#createview>

use crate::code::context::Context;
use crate::code::syntax::Id;

/// Base classes that answer a POST with a new row of the model that the class names. What extends them is called after them, as
/// `ShopModelViewSet` is.
const CREATING: &[&str] = &[
    "ModelViewSet",
    "CreateAPIView",
    "CreateModelMixin",
    "CreateView",
];

/// Methods with which a class answers a POST in its own way.
const ANSWERING: &[&str] = &["create", "post", "form_valid", "dispatch"];

/// Returns what a class of the body names as the rows that it inserts: the value of `queryset` or `model`.
pub(super) fn inserting(context: &Context<'_, '_>, class: Id, body: Id) -> Option<Id> {
    let s = context.syntax;
    let heritage = s.child(class, "superclasses")?;
    let creates = s.named(heritage).any(|base| {
        let name = s.path(base).and_then(|p| p.last().copied());
        name.is_some_and(|n| CREATING.iter().any(|c| n.ends_with(c)) && !n.contains("ReadOnly"))
    });
    let answers = s.named(body).any(|member| {
        let name = s.child(member, "name").map(|n| s.text(n));
        s.kind(member) == "function_definition" && name.is_some_and(|n| ANSWERING.contains(&n))
    });
    if !creates || answers || assigned(context, body, "http_method_names").is_some() {
        return None;
    }
    assigned(context, body, "queryset").or_else(|| assigned(context, body, "model"))
}

/// Returns what a class assigns to one of its attributes.
pub(super) fn assigned(context: &Context<'_, '_>, body: Id, name: &str) -> Option<Id> {
    let s = context.syntax;
    s.named(body)
        .filter(|&c| s.kind(c) == "expression_statement")
        .filter_map(|statement| s.child_of(statement, "assignment"))
        .find(|&a| s.child(a, "left").is_some_and(|l| s.text(l) == name))
        .and_then(|a| s.child(a, "right"))
        .map(|v| s.bare(v))
}
