//! Differences between two HTTP APIs: what a caller that knows the old one misses in the new one.
//!
//! Operations are paired by method and path, and their bodies are walked side by side: the names of classes are in no bytes. What
//! differs in a class that many operations carry is one difference, which names them all. What could not be told on either side makes
//! none.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_model::{
    Action, Api, Aspect, Delta, Detail, Element, Endpoint, Flow, Json, JsonObject, JsonProperty,
    Place, Presence, Property, Side, Surface, SurfaceKind,
};

/// Returns the differences that callers of the old API can feel.
pub(super) fn deltas(base: &Api, head: &Api) -> Vec<Delta> {
    let mut comparer = Comparer {
        base,
        head,
        found: BTreeMap::new(),
    };
    let new = by_identity(head);
    let mut removed = Vec::new();
    for (identity, old) in by_identity(base) {
        match new.get(&identity) {
            Some(new) => comparer.endpoint(old, new),
            None if is_gone(old, base, head) => removed.push(whole(old)),
            None => {}
        }
    }
    removed.extend(comparer.found.into_values());
    removed
}

fn by_identity(api: &Api) -> BTreeMap<String, &Endpoint> {
    // Where two applications serve it, the first counts.
    let endpoints = api.endpoints.iter().rev();
    endpoints.map(|e| (e.identity(), e)).collect()
}

/// Returns whether an operation is served no more, as far as both APIs are known.
fn is_gone(old: &Endpoint, base: &Api, head: &Api) -> bool {
    !base.partial
        && !head.partial
        && !head.endpoints.is_empty()
        && !head.unserved.contains(&old.handler)
}

fn surface(endpoint: &Endpoint) -> Surface {
    Surface::new(SurfaceKind::Endpoint, endpoint.name())
}

fn whole(old: &Endpoint) -> Delta {
    Delta {
        surface: surface(old),
        head_surface: surface(old),
        element: None,
        aspect: Aspect::Existence,
        action: Action::Removed,
        old: None,
        new: None,
        place: old.place.clone(),
        side: Side::Base,
        made_by: None,
    }
}

/// What makes two differences one: the place of the property, the way its body goes, and what differs.
type Key = (Place, Flow, Aspect);

struct Comparer<'a> {
    base: &'a Api,
    head: &'a Api,
    found: BTreeMap<Key, Delta>,
}

/// The bodies of one operation on the way in or out.
struct Walk<'a> {
    old: &'a Endpoint,
    flow: Flow,
    met: BTreeSet<(Vec<usize>, Vec<usize>)>,
}

/// A property, or a whole body, and where it stands.
#[derive(Clone)]
struct Spot<'a> {
    /// The class and the property, on both sides; None: the whole body.
    property: Option<(&'a JsonObject, &'a JsonProperty, &'a JsonProperty)>,
    path: String,
}

/// The sorts of values that no program takes for one another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Boolean,
    Number,
    Text,
    List,
    Object,
}

impl<'a> Comparer<'a> {
    fn endpoint(&mut self, old: &'a Endpoint, new: &'a Endpoint) {
        let bodies = [
            (Flow::Request, &old.request, &new.request),
            (Flow::Response, &old.response, &new.response),
        ];
        for (flow, before, after) in bodies {
            if let (Some(before), Some(after)) = (before, after) {
                let mut walk = Walk {
                    old,
                    flow,
                    met: BTreeSet::new(),
                };
                let spot = Spot {
                    property: None,
                    path: String::new(),
                };
                self.values(&mut walk, &[before], &[after], &spot);
            }
        }
    }

    fn values(&mut self, walk: &mut Walk<'a>, old: &[&'a Json], new: &[&'a Json], spot: &Spot<'a>) {
        let (old, new) = (alternatives(old), alternatives(new));
        let (Some(before), Some(after)) = (sorts(&old), sorts(&new)) else {
            return;
        };
        if !before.is_empty() && !after.is_empty() && before.is_disjoint(&after) {
            self.retyped(walk, spot);
            return;
        }
        let lists = |all: &[&'a Json]| -> Vec<&'a Json> {
            all.iter()
                .filter_map(|j| match j {
                    Json::List(inner) => Some(&**inner),
                    _ => None,
                })
                .collect()
        };
        let maps = |all: &[&'a Json]| -> Vec<&'a Json> {
            all.iter()
                .filter_map(|j| match j {
                    Json::Map(inner) => Some(&**inner),
                    _ => None,
                })
                .collect()
        };
        for (of, mark) in [
            (&lists as &dyn Fn(&[&'a Json]) -> Vec<&'a Json>, "[]"),
            (&maps, "{}"),
        ] {
            let (before, after) = (of(&old), of(&new));
            if let ([before], [after]) = (before.as_slice(), after.as_slice()) {
                let spot = Spot {
                    path: format!("{}{mark}", spot.path),
                    ..spot.clone()
                };
                self.values(walk, &[before], &[after], &spot);
            }
        }
        let (before, after) = (objects(&old), objects(&new));
        if !before.is_empty() && !after.is_empty() {
            for (before, after) in self.pairs(before, after) {
                self.objects(walk, before, after, &spot.path);
            }
        }
    }

    /// Pairs the variants of two unions: by the values of a property that tells them apart, else by the names of their classes; what
    /// is left is compared together.
    fn pairs(&self, old: Vec<usize>, new: Vec<usize>) -> Vec<(Vec<usize>, Vec<usize>)> {
        if let ([_], [_]) = (old.as_slice(), new.as_slice()) {
            return vec![(old, new)];
        }
        let words = |api: &'a Api, at: usize, name: &str| -> Option<&'a Vec<String>> {
            match &api.objects[at].property(name)?.value {
                Json::Words(words) => Some(words),
                _ => None,
            }
        };
        let first = old.first().map(|&at| &self.base.objects[at]);
        let names = first
            .into_iter()
            .flat_map(|o| &o.properties)
            .map(|p| p.name.as_str());
        let telling = names.into_iter().find(|name| {
            old.iter().all(|&o| words(self.base, o, name).is_some())
                && new.iter().all(|&n| words(self.head, n, name).is_some())
        });
        if let Some(name) = telling {
            let told = old.iter().map(|&o| {
                let mine = words(self.base, o, name).cloned().unwrap_or_default();
                let same = |n: &usize| {
                    let theirs = words(self.head, *n, name);
                    theirs.is_some_and(|t| t.iter().any(|w| mine.contains(w)))
                };
                (
                    vec![o],
                    new.iter().copied().filter(same).collect::<Vec<usize>>(),
                )
            });
            return told.filter(|(_, new)| !new.is_empty()).collect();
        }
        let mut pairs = Vec::new();
        let (mut left, mut come) = (Vec::new(), new);
        for o in old {
            let name = &self.base.objects[o].name;
            match come
                .iter()
                .position(|&n| self.head.objects[n].name == *name)
            {
                Some(at) => pairs.push((vec![o], vec![come.remove(at)])),
                None => left.push(o),
            }
        }
        // A variant that is gone is one that nobody sees any more; only where others came in its place do they differ.
        if !left.is_empty() && !come.is_empty() {
            pairs.push((left, come));
        }
        pairs
    }

    fn objects(&mut self, walk: &mut Walk<'a>, old: Vec<usize>, new: Vec<usize>, path: &str) {
        if !walk.met.insert((old.clone(), new.clone())) {
            return;
        }
        let before: Vec<&'a JsonObject> = old.iter().map(|&o| &self.base.objects[o]).collect();
        let after: Vec<&'a JsonObject> = new.iter().map(|&n| &self.head.objects[n]).collect();
        let open = before.iter().chain(&after).any(|o| o.open);
        let Some(first) = before.first() else { return };
        for property in &first.properties {
            let had: Option<Vec<&'a JsonProperty>> =
                before.iter().map(|o| find(o, property)).collect();
            let Some(had) = had else { continue };
            let has: Vec<&'a JsonProperty> =
                after.iter().filter_map(|o| find(o, property)).collect();
            let path = match path {
                "" => property.name.clone(),
                path => format!("{path}.{}", property.name),
            };
            match has.first() {
                Some(now) => {
                    let spot = Spot {
                        property: Some((first, property, now)),
                        path,
                    };
                    let (a, b): (Vec<_>, Vec<_>) = (
                        had.iter().map(|p| &p.value).collect(),
                        has.iter().map(|p| &p.value).collect(),
                    );
                    self.values(walk, &a, &b, &spot);
                }
                None if !open => self.removed(walk, first, property, &after, path),
                None => {}
            }
        }
        if walk.flow == Flow::Request && !open {
            self.demanded(walk, &before, &after, path);
        }
    }

    /// Notes what every variant at head demands and no caller of base had to send.
    fn demanded(
        &mut self,
        walk: &Walk<'a>,
        before: &[&'a JsonObject],
        after: &[&'a JsonObject],
        path: &str,
    ) {
        let Some(first) = after.first() else { return };
        for property in &first.properties {
            let demands = |o: &&JsonObject| {
                find(o, property).is_some_and(|p| p.presence == Presence::Required)
            };
            let could_omit = |o: &&JsonObject| {
                find(o, property).is_none_or(|p| p.presence == Presence::Optional)
            };
            if !after.iter().all(demands) || !before.iter().all(could_omit) {
                continue;
            }
            let path = match path {
                "" => property.name.clone(),
                path => format!("{path}.{}", property.name),
            };
            let old = before.iter().find_map(|o| find(o, property));
            let old = old.map(|old| element(old, first, walk, false));
            let new = Some(element(property, first, walk, false));
            let delta = Delta {
                old,
                new,
                place: property.place.clone(),
                side: Side::Head,
                ..self.of(walk, path, Aspect::Presence, Action::Narrowed)
            };
            self.add(walk, delta);
        }
    }

    fn removed(
        &mut self,
        walk: &Walk<'a>,
        object: &JsonObject,
        property: &JsonProperty,
        after: &[&JsonObject],
        path: String,
    ) {
        let refused = walk.flow == Flow::Request && after.iter().all(|o| o.strict);
        let other_name = after.iter().find_map(|o| {
            o.properties
                .iter()
                .find(|p| p.attribute == property.attribute)
        });
        let (aspect, action) = match other_name {
            Some(_) => (Aspect::Identity, Action::Changed),
            None => (Aspect::Existence, Action::Removed),
        };
        let delta = Delta {
            old: Some(element(property, object, walk, refused)),
            new: other_name.map(|new| element(new, object, walk, refused)),
            place: property.place.clone(),
            side: Side::Base,
            ..self.of(walk, path, aspect, action)
        };
        self.add(walk, delta);
    }

    fn retyped(&mut self, walk: &Walk<'a>, spot: &Spot<'a>) {
        let mut delta = self.of(walk, spot.path.clone(), Aspect::Type, Action::Changed);
        match spot.property {
            Some((object, old, new)) => {
                delta.old = Some(element(old, object, walk, false));
                delta.new = Some(element(new, object, walk, false));
                delta.place = new.place.clone();
                delta.side = Side::Head;
            }
            None => delta.element = Some(walk.flow.word().to_owned()),
        }
        self.add(walk, delta);
    }

    fn of(&self, walk: &Walk<'a>, path: String, aspect: Aspect, action: Action) -> Delta {
        Delta {
            element: Some(path),
            aspect,
            action,
            ..whole(walk.old)
        }
    }

    /// Adds a difference, or its operation to the same one.
    fn add(&mut self, walk: &Walk<'a>, delta: Delta) {
        let key = (delta.place.clone(), walk.flow, delta.aspect);
        let known = self.found.entry(key).or_insert(delta);
        for element in known.old.iter_mut().chain(&mut known.new) {
            if let Detail::Property(property) = &mut element.detail {
                property.carriers.push(walk.old.name());
            }
        }
    }
}

fn find<'a>(object: &'a JsonObject, property: &JsonProperty) -> Option<&'a JsonProperty> {
    let aliases = property.aliases.iter();
    let mut names = std::iter::once(&property.name).chain(aliases);
    names.find_map(|name| object.property(name))
}

fn element(
    property: &JsonProperty,
    object: &JsonObject,
    walk: &Walk<'_>,
    refused: bool,
) -> Element {
    Element {
        name: property.name.clone(),
        detail: Detail::Property(Property {
            object: Arc::from(object.name.as_str()),
            flow: walk.flow,
            deprecated: property.deprecated,
            presence: property.presence,
            refused,
            carriers: Vec::new(),
        }),
        place: property.place.clone(),
    }
}

fn alternatives<'a>(values: &[&'a Json]) -> Vec<&'a Json> {
    let each = values.iter().flat_map(|json| match json {
        Json::OneOf(parts) => parts.iter().collect::<Vec<&Json>>(),
        other => vec![*other],
    });
    each.collect()
}

fn objects(values: &[&Json]) -> Vec<usize> {
    let each: BTreeSet<usize> = values
        .iter()
        .filter_map(|json| match json {
            Json::Object(at) => Some(*at),
            _ => None,
        })
        .collect();
    each.into_iter().collect()
}

/// Returns the sorts of values; None where one of them is not known.
fn sorts(values: &[&Json]) -> Option<BTreeSet<Sort>> {
    let mut sorts = BTreeSet::new();
    for json in values {
        sorts.insert(match json {
            Json::Unknown | Json::Any | Json::OneOf(_) => return None,
            Json::Null => continue,
            Json::Boolean => Sort::Boolean,
            Json::Number => Sort::Number,
            Json::Text | Json::Words(_) => Sort::Text,
            Json::List(_) => Sort::List,
            Json::Map(_) | Json::Object(_) => Sort::Object,
        });
    }
    Some(sorts)
}
