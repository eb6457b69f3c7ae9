//! Applications of Elixir that migrate as they start.
//!
//! Either `start/2` calls the migrator, or it stands among the children that the application starts:
//! <https://hexdocs.pm/ecto_sql/Ecto.Migrator.html>. A child may be told to skip; in a release it is not
//! (`System.get_env("RELEASE_NAME") == nil` is what Phoenix writes there).

use crate::code::syntax::{Id, Syntax};

/// Returns whether a call runs migrations: `Ecto.Migrator.run(…)`, or one that is given it.
pub(super) fn migrates(s: &Syntax<'_>, id: Id) -> bool {
    let Some(call) = s.call(id).filter(|_| s.kind(id) == "call") else {
        return false;
    };
    let of_migrator = s.receiver(call).is_some_and(|r| is_migrator(s, r));
    match s.called(call) {
        "run" | "with_repo" => of_migrator,
        // The list of what is started.
        "start_link" | "def" => s.below(id).any(|n| is_child(s, n)),
        _ => false,
    }
}

/// Returns whether a node stands in `start/2` of an application, or is that.
pub(super) fn starts(s: &Syntax<'_>, at: Id) -> bool {
    let mut around = std::iter::once(at).chain(s.ancestors(at));
    let is_start = |id: Id| {
        let call = s.call(id).filter(|&c| s.text(c.callee) == "def")?;
        let named = *s.arguments(call).first()?;
        let head = s.call(named)?;
        Some(s.called(head) == "start" && s.arguments(head).len() == 2)
    };
    let uses = |id: Id| {
        let call = s.call(id)?;
        let first = *s.arguments(call).first()?;
        Some(s.text(call.callee) == "use" && s.text(first) == "Application")
    };
    let decided = s.ancestors(at).filter_map(|up| s.call(up)).any(|call| {
        matches!(
            s.text(call.callee),
            "if" | "unless" | "case" | "cond" | "with"
        )
    });
    !decided
        && around.any(|id| is_start(id) == Some(true))
        && s.all().any(|id| uses(id) == Some(true))
}

fn is_migrator(s: &Syntax<'_>, id: Id) -> bool {
    let name = s.text(id);
    name == "Ecto.Migrator" || name == "Migrator"
}

/// `{Ecto.Migrator, repos: …}`, where nothing but a release name lets it be skipped.
fn is_child(s: &Syntax<'_>, id: Id) -> bool {
    if s.kind(id) != "tuple" || !s.named(id).next().is_some_and(|n| is_migrator(s, n)) {
        return false;
    }
    let mut pairs = s.below(id).filter(|&n| s.kind(n) == "pair");
    let skips = pairs.any(|p| {
        s.child(p, "key")
            .is_some_and(|k| s.text(k).trim() == "skip:")
    });
    !skips || s.text.contains("RELEASE_NAME")
}
