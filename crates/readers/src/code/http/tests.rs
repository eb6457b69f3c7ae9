use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use coexist_model::{Api, File, Json, Listing, Presence};
use expect_test::{Expect, expect};

use super::{Module, Tree, api};

/// Checks what is understood of the API of these files.
fn check(files: &[(&str, &str)], expected: Expect) {
    let modules: BTreeMap<Arc<str>, Arc<Module>> = files
        .iter()
        .filter_map(|(path, text)| {
            let module = Module::of(&File::new(path, text))?;
            Some((Arc::from(*path), Arc::new(module)))
        })
        .collect();
    let joined = api(&modules, &Tree::of(modules.keys()));
    expected.assert_eq(&shown(&joined.api));
}

fn shown(api: &Api) -> String {
    let mut shown = String::new();
    for endpoint in &api.endpoints {
        let listing = match endpoint.listing {
            Listing::Listed => "",
            Listing::Hidden => " hidden",
            Listing::Unknown => " perhaps hidden",
        };
        let deprecated = if endpoint.deprecated {
            " deprecated"
        } else {
            ""
        };
        let published = endpoint.published.as_ref().map_or("", |_| " public");
        let _ = writeln!(shown, "{}{listing}{deprecated}{published}", endpoint.name());
        for (way, body) in [("<-", &endpoint.request), ("->", &endpoint.response)] {
            if let Some(body) = body {
                let _ = writeln!(shown, "  {way} {}", json(api, body, 0));
            }
        }
    }
    if api.partial {
        shown += "and perhaps more\n";
    }
    shown
}

fn json(api: &Api, value: &Json, depth: usize) -> String {
    match value {
        Json::Unknown => "?".to_owned(),
        Json::Any => "any".to_owned(),
        Json::Null => "null".to_owned(),
        Json::Boolean => "boolean".to_owned(),
        Json::Number => "number".to_owned(),
        Json::Text => "text".to_owned(),
        Json::Words(words) => words.join("/"),
        Json::List(inner) => format!("[{}]", json(api, inner, depth)),
        Json::Map(inner) => format!("map of {}", json(api, inner, depth)),
        Json::OneOf(parts) => {
            let parts: Vec<String> = parts.iter().map(|p| json(api, p, depth)).collect();
            parts.join(" | ")
        }
        Json::Object(at) if depth > 2 => api.objects[*at].name.clone(),
        Json::Object(at) => {
            let object = &api.objects[*at];
            let properties = object.properties.iter().map(|p| {
                let mark = match p.presence {
                    Presence::Required => "",
                    Presence::Optional => "?",
                    Presence::Unknown => "??",
                };
                let deprecated = if p.deprecated { " (deprecated)" } else { "" };
                format!(
                    "{}{mark}: {}{deprecated}",
                    p.name,
                    json(api, &p.value, depth + 1)
                )
            });
            let mut properties: Vec<String> = properties.collect();
            properties.extend(object.open.then(|| "…".to_owned()));
            properties.extend(object.strict.then(|| "nothing else".to_owned()));
            format!("{} {{ {} }}", object.name, properties.join(", "))
        }
    }
}

/// Checks what one model is, as a response and as a request.
fn model(body: &str, expected: Expect) {
    let app = "
from fastapi import FastAPI
app = FastAPI()
@app.post('/x')
def x(body: M) -> M: ...
";
    check(&[("app.py", &format!("{body}{app}"))], expected);
}

#[test]
fn fields_have_the_names_and_defaults_of_each_direction() {
    model(
        "
from pydantic import BaseModel, ConfigDict, Field, computed_field
class M(BaseModel):
    model_config = ConfigDict(extra='forbid')
    a: int
    b: str | None = None
    c: list[str] = Field(default_factory=list, serialization_alias='cs')
    d: float = Field(..., alias='dd')
    e: bool = Field(exclude=True)
    f: int | None
    g: dict[str, int] = Field({}, deprecated=True)
    _private: int = 1
    LIMIT = 5
    @computed_field
    @property
    def h(self) -> str: ...
",
        expect![[r#"
            POST /x
              <- M { a: number, b?: text | null, c?: [text], dd: number, e: boolean, f: number | null, g?: map of number (deprecated), nothing else }
              -> M { a: number, b: text | null, cs: [text], dd: number, f: number | null, g: map of number (deprecated), h: text, nothing else }
        "#]],
    );
}

#[test]
fn without_a_sign_of_pydantic_2_an_optional_field_may_have_a_default() {
    model(
        "
from typing import Optional
from pydantic import BaseModel
class M(BaseModel):
    a: Optional[int]
    class Config:
        orm_mode = True
",
        expect![[r#"
            POST /x
              <- M { a??: number | null }
              -> M { a: number | null }
        "#]],
    );
}

#[test]
fn generators_of_names_are_followed_where_they_are_known() {
    model(
        "
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
class Base(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
class M(Base):
    first_name: str
",
        expect![[r#"
            POST /x
              <- M { firstName: text }
              -> M { firstName: text }
        "#]],
    );
    model(
        "
from pydantic import BaseModel, ConfigDict
def shout(name: str) -> str: return name.upper()
class M(BaseModel):
    model_config = ConfigDict(alias_generator=shout)
    first_name: str
",
        expect![[r#"
            POST /x
              <- M { … }
              -> M { … }
        "#]],
    );
}

#[test]
fn a_function_that_makes_a_field_may_name_it() {
    model(
        "
from datetime import datetime
from pydantic import BaseModel, Field
def UpdatedAt(*args, **kwargs):
    kwargs['serialization_alias'] = 'updateAt'
    return Field(*args, **kwargs)
class M(BaseModel):
    updated_at: datetime | None = UpdatedAt(None)
    made_at: datetime = datetime.now()
",
        expect![[r#"
            POST /x
              <- M { made_at?: text, … }
              -> M { made_at: text, … }
        "#]],
    );
}

#[test]
fn bases_mixins_generics_and_unions_are_resolved() {
    model(
        "
from enum import StrEnum
from typing import Annotated, Generic, Literal, TypeVar, Union
from pydantic import BaseModel, Discriminator
T = TypeVar('T')
class Kind(StrEnum):
    card = 'c'
class Named(BaseModel):
    name: str
class Card(Named):
    type: Literal[Kind.card]
class Bank(Named):
    type: Literal['bank', 'giro']
    parent: 'Bank | None'
Payment = Annotated[Card | Bank, Discriminator('type')]
class Page(BaseModel, Generic[T]):
    items: list[T]
class M(Page[Payment]):
    first: Union[int, str]
",
        expect![[r#"
            POST /x
              <- M { items: [Card { name: text, type: c } | Bank { name: text, type: bank/giro, parent??: Bank { name: text, type: bank/giro, parent??: Bank | null } | null }], first: number | text }
              -> M { items: [Card { name: text, type: c } | Bank { name: text, type: bank/giro, parent: Bank { name: text, type: bank/giro, parent: Bank | null } | null }], first: number | text }
        "#]],
    );
}

#[test]
fn what_code_decides_is_unknown() {
    model(
        "
from pydantic import BaseModel, field_serializer, field_validator, model_validator
from elsewhere import Mixin
class Inner(BaseModel):
    a: int
    @model_validator(mode='before')
    @classmethod
    def old(cls, data): ...
class M(Mixin, BaseModel):
    inner: Inner
    b: int
    c: int
    @field_serializer('b')
    def write(self, b): ...
    @field_validator('c', mode='before')
    @classmethod
    def read(cls, c): ...
",
        expect![[r#"
            POST /x
              <- M { inner: Inner { a??: ? }, b: number, c??: ?, … }
              -> M { inner: Inner { a: number }, b: ?, c: number, … }
        "#]],
    );
}

#[test]
fn routes_have_the_prefixes_tags_and_marks_of_what_they_are_put_into() {
    check(
        &[
            (
                "shop/app.py",
                "
from fastapi import FastAPI
from shop.api import api
from .admin import router as admin
app = FastAPI(servers=[{'url': 'http://localhost'}, {'url': 'https://api.shop.dev'}])
app.include_router(api, prefix='/v1')
app.include_router(admin, include_in_schema=False)
@app.get('/health', include_in_schema=settings.DEV)
def health() -> dict[str, str]: ...
",
            ),
            (
                "shop/api.py",
                "
from fastapi import APIRouter
from shop import orders, users
api = APIRouter()
for part in [orders.router, users.router]:
    api.include_router(part)
",
            ),
            (
                "shop/orders.py",
                "
from fastapi import APIRouter, Body, Depends
PATH = '/orders'
router = APIRouter(prefix=PATH, deprecated=True)
@router.api_route('/{id}', methods=['GET', 'HEAD'])
def one(id: int, user: User = Depends(user)) -> int: ...
@router.put('/{id}')
def put(id: int, total: int = Body(...), note: str = Body(None)): ...
",
            ),
            (
                "shop/users.py",
                "
from fastapi import APIRouter
def name(id: int) -> str: ...
router = APIRouter(prefix='/users')
router.add_api_route('/{id}/name', name)
",
            ),
            (
                "shop/admin.py",
                "
from fastapi import APIRouter
router = APIRouter(prefix='/admin')
@router.delete('/all', response_model=None)
def everything() -> int: ...
",
            ),
        ],
        expect![[r#"
            DELETE /admin/all hidden public
            GET /health perhaps hidden public
              -> map of text
            GET /v1/orders/{id} deprecated public
              -> number
            GET /v1/users/{id}/name public
              -> text
            HEAD /v1/orders/{id} deprecated public
              -> number
            PUT /v1/orders/{id} deprecated public
              <- put { total??: number, note??: text }
        "#]],
    );
}

#[test]
fn a_class_of_routes_may_list_by_tags() {
    check(
        &[(
            "app.py",
            "
from enum import StrEnum
from fastapi import APIRouter as Router, FastAPI
from fastapi.routing import APIRoute
class Tag(StrEnum):
    public = 'public'
    inner = 'inner'
class Route(APIRoute):
    def __init__(self, path, endpoint, **kwargs):
        super().__init__(path, endpoint, **kwargs)
        if Tag.inner in self.tags:
            self.include_in_schema = settings.development
        elif Tag.public in self.tags:
            self.include_in_schema = True
        else:
            self.include_in_schema = False
APIRouter = router_of(Route)
a = APIRouter(prefix='/a', tags=['a', Tag.public])
@a.get('/x')
def x() -> int: ...
@a.get('/y', tags=[Tag.inner])
def y() -> int: ...
b = APIRouter(prefix='/b')
@b.get('/x')
def z() -> int: ...
def create() -> FastAPI:
    app = FastAPI()
    app.include_router(a)
    app.include_router(b)
    return app
app = create()
",
        )],
        expect![[r#"
            GET /a/x
              -> number
            GET /a/y perhaps hidden
              -> number
            GET /b/x hidden
              -> number
        "#]],
    );
}

#[test]
fn what_a_file_needs_of_others_is_asked_for() {
    let text = "
from fastapi import FastAPI
from .orders import router
app = FastAPI()
app.include_router(router)
";
    let path: Arc<str> = "shop/app.py".into();
    let module = Module::of(&File::new(&path, text)).map(Arc::new);
    let modules: BTreeMap<Arc<str>, Arc<Module>> =
        module.into_iter().map(|m| (path.clone(), m)).collect();
    let orders: Arc<str> = "shop/orders.py".into();
    let joined = api(&modules, &Tree::of([&path, &orders]));
    assert_eq!(joined.missing.into_iter().collect::<Vec<_>>(), [orders]);
    assert!(joined.api.partial);
}

#[test]
fn hostile_text_ends() {
    let deep = format!("x: {}int{}\n", "list[".repeat(400), "]".repeat(400));
    let cyclic = "
from fastapi import APIRouter, FastAPI
A = B
B = A
r = APIRouter()
r.include_router(r)
app = FastAPI()
app.include_router(r)
class C(C): x: 'C[C]'
class D(E): y: int
class E(D): z: int
@app.get('/x')
def x() -> A: ...
@app.get('/y')
def y(body: D) -> C: ...
";
    for text in [deep.as_str(), cyclic] {
        let path: Arc<str> = "app.py".into();
        if let Some(module) = Module::of(&File::new(&path, text)) {
            let modules = BTreeMap::from([(path.clone(), Arc::new(module))]);
            let joined = api(&modules, &Tree::of([&path]));
            assert!(joined.api.endpoints.len() < 10);
        }
    }
}
