//! Annotations of Python as what they are in JSON.

use coexist_model::{Flow, Json};

use super::expression::{Call, Expression};
use super::module::Module;
use super::pydantic::{Objects, Variables};
use super::scope::Found;

/// Types nested deeper than this are not followed.
const DEEPEST: usize = 60;

/// Returns what a type is in JSON.
pub(super) fn json<'a>(
    objects: &mut Objects<'_, 'a>,
    module: &'a Module,
    annotation: &Expression,
    variables: &Variables,
    flow: Flow,
    depth: usize,
) -> Json {
    if depth > DEEPEST {
        return Json::Unknown;
    }
    let mut reader = Reader {
        objects,
        variables,
        flow,
        depth,
    };
    reader.json(module, annotation)
}

struct Reader<'o, 'p, 'a> {
    objects: &'o mut Objects<'p, 'a>,
    variables: &'o Variables,
    flow: Flow,
    depth: usize,
}

impl<'a> Reader<'_, '_, 'a> {
    fn json(&mut self, module: &'a Module, annotation: &Expression) -> Json {
        match annotation {
            Expression::Name(name) => self.name(module, name, Vec::new()),
            Expression::Literal(literal) if literal == "None" => Json::Null,
            Expression::OneOf(parts) => self.one_of(module, parts),
            Expression::Index(of, arguments) => self.index(module, of, arguments),
            Expression::Call(call) => self.call(module, call),
            _ => Json::Unknown,
        }
    }

    /// Returns the same in another module, where the variables of this one mean nothing.
    fn elsewhere(&mut self, module: &'a Module, annotation: &Expression) -> Json {
        let none = Variables::new();
        json(
            self.objects,
            module,
            annotation,
            &none,
            self.flow,
            self.depth + 1,
        )
    }

    fn one_of(&mut self, module: &'a Module, parts: &[Expression]) -> Json {
        let mut all = Vec::new();
        for part in parts {
            match self.json(module, part) {
                Json::OneOf(inner) => all.extend(inner),
                other => all.push(other),
            }
        }
        if all.contains(&Json::Unknown) {
            return Json::Unknown;
        }
        Json::OneOf(all)
    }

    fn name(&mut self, module: &'a Module, name: &str, arguments: Vec<Json>) -> Json {
        if let Some(meant) = self.variables.get(name) {
            return meant.clone();
        }
        match self.objects.program.find(module, name) {
            Found::Class(inner, class) => {
                self.objects
                    .class(inner, class, arguments, self.flow, self.depth + 1)
            }
            Found::Value(inner, _, given) => {
                let given = given.clone();
                self.elsewhere(inner, &given)
            }
            Found::External(full) => external(&full),
            Found::Unknown => builtin(name).unwrap_or(Json::Unknown),
            _ => Json::Unknown,
        }
    }

    fn index(&mut self, module: &'a Module, of: &Expression, arguments: &[Expression]) -> Json {
        let first = arguments.first();
        match of.last_name() {
            "Optional" => {
                let inner = first.map_or(Json::Unknown, |f| self.json(module, f));
                match inner {
                    Json::Unknown => Json::Unknown,
                    inner => flat([inner, Json::Null]),
                }
            }
            "Union" => self.one_of(module, arguments),
            "Annotated" => self.annotated(module, arguments),
            "Literal" => words(self, module, arguments),
            "Required" | "NotRequired" | "Final" | "ReadOnly" => {
                first.map_or(Json::Unknown, |f| self.json(module, f))
            }
            "list" | "List" | "Sequence" | "set" | "Set" | "frozenset" | "FrozenSet"
            | "Iterable" | "Collection" | "deque" => {
                let inner = first.map_or(Json::Unknown, |f| self.json(module, f));
                Json::List(Box::new(inner))
            }
            "tuple" | "Tuple" => Json::List(Box::new(Json::Unknown)),
            "dict" | "Dict" | "Mapping" | "MutableMapping" | "defaultdict" | "DefaultDict"
            | "OrderedDict" => {
                let inner = arguments
                    .get(1)
                    .map_or(Json::Unknown, |f| self.json(module, f));
                Json::Map(Box::new(inner))
            }
            "type" | "Type" | "ClassVar" => Json::Unknown,
            _ => {
                let given = arguments.iter().map(|a| self.json(module, a)).collect();
                match of {
                    Expression::Name(name) => self.name(module, name, given),
                    _ => Json::Unknown,
                }
            }
        }
    }

    fn annotated(&mut self, module: &'a Module, arguments: &[Expression]) -> Json {
        let Some((inner, rest)) = arguments.split_first() else {
            return Json::Unknown;
        };
        let by_code = match self.flow {
            Flow::Request => ["BeforeValidator", "PlainValidator", "WrapValidator"].as_slice(),
            Flow::Response => ["PlainSerializer", "WrapSerializer"].as_slice(),
        };
        let mut shaped = false;
        for metadata in rest {
            let name = match metadata {
                Expression::Name(name) => match self.objects.program.find(module, name) {
                    Found::Value(_, _, given) => given.last_name(),
                    _ => "",
                },
                other => other.last_name(),
            };
            shaped |= by_code.contains(&name);
        }
        if shaped {
            return Json::Unknown;
        }
        self.json(module, inner)
    }

    /// `NewType("UserId", int)`, `constr(min_length=1)`, `conlist(Item)`.
    fn call(&mut self, module: &'a Module, call: &Call) -> Json {
        match call.callee.last_name() {
            "NewType" => call
                .placed
                .get(1)
                .map_or(Json::Unknown, |t| self.json(module, t)),
            "conlist" | "conset" => {
                let inner = call
                    .placed
                    .first()
                    .map_or(Json::Unknown, |t| self.json(module, t));
                Json::List(Box::new(inner))
            }
            "constr" => Json::Text,
            "conint" | "confloat" => Json::Number,
            _ => Json::Unknown,
        }
    }
}

/// Returns the union of values, without unions in it.
fn flat(parts: impl IntoIterator<Item = Json>) -> Json {
    let parts = parts.into_iter().flat_map(|part| match part {
        Json::OneOf(inner) => inner,
        other => vec![other],
    });
    Json::OneOf(parts.collect())
}

/// Returns what a `Literal` allows. A member of an enum is known by its name.
fn words<'a>(
    reader: &mut Reader<'_, '_, 'a>,
    module: &'a Module,
    arguments: &[Expression],
) -> Json {
    let mut words = Vec::new();
    for argument in arguments {
        match argument {
            Expression::Text(text) => words.push(text.clone()),
            Expression::Name(name) => match reader.objects.program.find(module, name) {
                Found::Member(class, member) => {
                    let given = class.values.iter().find(|(n, _)| *n == member);
                    let text = given.and_then(|(_, v)| v.text()).unwrap_or(&member);
                    words.push(text.to_owned());
                }
                _ => return Json::Unknown,
            },
            Expression::Literal(literal) if literal == "True" || literal == "False" => {
                return Json::Boolean;
            }
            Expression::Literal(literal) if literal.parse::<f64>().is_ok() => return Json::Number,
            _ => return Json::Unknown,
        }
    }
    words.sort();
    Json::Words(words)
}

/// Returns what a type of Python itself is.
pub(super) fn builtin(name: &str) -> Option<Json> {
    Some(match name {
        "str" | "bytes" => Json::Text,
        "int" | "float" => Json::Number,
        "bool" => Json::Boolean,
        "None" => Json::Null,
        "dict" => Json::Map(Box::new(Json::Unknown)),
        "list" | "set" | "frozenset" | "tuple" => Json::List(Box::new(Json::Unknown)),
        "object" => Json::Any,
        _ => return None,
    })
}

/// Returns what a type of a library is: <https://docs.pydantic.dev/latest/api/types/>.
fn external(full: &str) -> Json {
    match full.rsplit('.').next().unwrap_or(full) {
        "Any" => Json::Any,
        "UUID" | "UUID1" | "UUID3" | "UUID4" | "UUID5" | "datetime" | "date" | "time"
        | "AwareDatetime" | "NaiveDatetime" | "PastDatetime" | "FutureDatetime" | "PastDate"
        | "FutureDate" | "EmailStr" | "NameEmail" | "AnyUrl" | "AnyHttpUrl" | "HttpUrl"
        | "SecretStr" | "StrictStr" | "Path" | "FilePath" | "DirectoryPath" | "IPv4Address"
        | "IPv6Address" | "IPvAnyAddress" | "LiteralString" => Json::Text,
        "PositiveInt" | "NonNegativeInt" | "NegativeInt" | "NonPositiveInt" | "StrictInt"
        | "PositiveFloat" | "NonNegativeFloat" | "NegativeFloat" | "NonPositiveFloat"
        | "StrictFloat" | "FiniteFloat" => Json::Number,
        "StrictBool" => Json::Boolean,
        "List" | "Sequence" | "Set" | "FrozenSet" | "Tuple" => Json::List(Box::new(Json::Unknown)),
        "Dict" | "Mapping" => Json::Map(Box::new(Json::Unknown)),
        _ => Json::Unknown,
    }
}
