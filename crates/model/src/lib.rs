//! The words of coexist as plain data.
//!
//! Every other crate stands on this one, and this one on nothing: no clock, no files, no network, no environment. A word
//! means one thing in the whole project, and this crate is where it is defined:
//!
//! | word | type |
//! |---|---|
//! | place | [`Place`]: a span of a file, with the line it quotes |
//! | surface, schema, element | [`Surface`], [`Schema`], [`Element`]: where bytes of one version meet code of another, and its form |
//! | operation, migration, store | [`Operation`], [`Migration`], [`Store`]: how stored data changes its form |
//! | HTTP API | [`Api`], [`Endpoint`], [`Json`]: operations that code declares, and the JSON in their bodies |
//! | access | [`Access`]: a place where a version reads, writes, serves or calls an element |
//! | delta | [`Delta`]: one typed difference between two refs |
//! | outcome, meeting | [`Outcome`], [`Meeting`]: what happens when two versions meet |
//! | step, witness | [`Step`], [`Witness`]: the deploy schedule that breaks |
//! | landscape | [`Landscape`], [`Process`], [`Mention`]: what a repository shows of what runs, and who speaks with whom |
//! | design report | [`DesignReport`], [`DesignFinding`]: what is said about a design |
//! | terms, conduct | [`Terms`], [`Conduct`]: what designs say of services, and what a ref shows of the same |
//! | finding, question, review | [`Finding`], [`Question`], [`Review`]: what is said about a change |
//!
//! Two traits invert the dependency between the formats and the engine: a [`Reader`] turns bytes into facts, a [`Form`]
//! knows what happens when two versions of its format meet.

mod access;
mod delta;
mod design;
mod directive;
mod fleet;
mod http;
mod landscape;
mod nearest;
mod operation;
mod place;
mod reading;
mod review;
mod steps;
mod surface;
mod terms;
mod witness;

pub use access::*;
pub use delta::*;
pub use design::*;
pub use directive::*;
pub use fleet::*;
pub use http::*;
pub use landscape::*;
pub use nearest::*;
pub use operation::*;
pub use place::*;
pub use reading::*;
pub use review::*;
pub use steps::*;
pub use surface::*;
pub use terms::*;
pub use witness::*;
