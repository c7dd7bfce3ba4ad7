//! Routes: each is declared once, and the router, the reference and the metrics read its declaration.
//!
//! A declaration names method, path and handler. Roles, query, body and headers are read from the types of the
//! handler's arguments ([`Argument`]), parameters of the path from the path; beside them stand the summary,
//! the answers and the refusals of its own.
//!
//! **Invariant:** a route that cannot be described does not compile, since every argument of its handler must
//! be an [`Argument`].

use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, Path, State};
use axum::handler::Handler;
use axum::http::{HeaderMap, Method};
use axum::routing::{self, MethodRouter};
use registry::Role;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;

use super::envelope::Data;
use super::input::Schema;
use crate::app::App;
use crate::app::account::limits::Admitted;

/// Length of the shortest answer that is compressed, in bytes; a shorter one fits in one packet anyway.
const PACKED_FROM: u16 = 1024;

/// A text in English and French.
pub(crate) type Words = [&'static str; 2];

/// Routes of one subject, with its title.
pub(crate) type Chapter = (Words, Vec<Route>);

/// Describes a value; called when the reference is written, not at start.
pub(super) type Describe = fn() -> Schema;

/// One call: method, path, handler, and its words in the reference.
#[derive(Clone)]
pub(crate) struct Route {
    pub(super) method: &'static str,
    path: &'static str,
    handler: MethodRouter<Arc<App>>,
    pub(super) summary: Words,
    pub(super) inputs: Inputs,
    /// Descriptions of the parameters of its path, in their order.
    pub(super) parameters: Vec<&'static str>,
    pub(super) answers: Vec<Answer>,
    /// True if its input may name something that the registry does not know.
    pub(super) may_miss: bool,
    /// True if long answers are compressed for callers that accept it.
    is_packed: bool,
}

/// The inputs of a route, as the arguments of its handler describe them.
#[derive(Clone, Default)]
pub(crate) struct Inputs {
    /// Roles of which one is enough, or none for any account; `None` needs no account.
    pub(crate) roles: Option<&'static [Role]>,
    pub(crate) query: Option<Describe>,
    pub(crate) body: Option<Describe>,
    pub(crate) header: Option<HeaderParameter>,
    /// True if it takes files that are sent with a form.
    pub(crate) takes_files: bool,
    /// Number of path parameters of the handler.
    pub(crate) parameters: usize,
    /// Refusals beside those that follow from the rest: status and reason.
    pub(crate) refusals: Vec<(u16, &'static str)>,
}

/// A header that a route reads.
#[derive(Clone, Copy)]
pub(crate) struct HeaderParameter {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) max_chars: usize,
}

/// An answer of a call that went well.
#[derive(Clone, Copy)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) about: &'static str,
    pub(super) content_type: &'static str,
    pub(super) schema: Describe,
}

/// An argument of a handler, which tells the reference what it reads of a request.
pub(crate) trait Argument {
    /// Adds its own to the inputs of the route.
    fn describe(_inputs: &mut Inputs) {}
}

impl Argument for State<Arc<App>> {}
impl Argument for HeaderMap {}
impl Argument for Extension<Admitted> {}

impl Argument for Path<String> {
    fn describe(inputs: &mut Inputs) {
        inputs.parameters = 1;
    }
}

impl Argument for Path<(String, String)> {
    fn describe(inputs: &mut Inputs) {
        inputs.parameters = 2;
    }
}

/// A handler whose arguments describe themselves.
pub(crate) trait Described<T>: Handler<T, Arc<App>> {
    /// [`Argument::describe`] of each.
    const ARGUMENTS: &'static [fn(&mut Inputs)];
}

macro_rules! described {
    ($($argument:ident)*) => {
        impl<F, M, $($argument: Argument),*> Described<(M, $($argument,)*)> for F
        where
            F: Handler<(M, $($argument,)*), Arc<App>>,
        {
            const ARGUMENTS: &'static [fn(&mut Inputs)] = &[$($argument::describe),*];
        }
    };
}

described!();
described!(A);
described!(A B);
described!(A B C);
described!(A B C D);
described!(A B C D E);

const JSON: &str = "application/json";

impl Route {
    /// A call by its name, such as `GET /taxis/{id}`. Without a declared answer it answers 204.
    pub(crate) fn new<T: 'static, H: Described<T>>(
        name: &'static str,
        handler: H,
        summary: Words,
    ) -> Self {
        let (method, path) = name.split_once(' ').expect("a route is named by method and path");
        let filter = Method::try_from(method).ok().and_then(|method| method.try_into().ok());
        let mut inputs = Inputs::default();
        for describe in H::ARGUMENTS {
            describe(&mut inputs);
        }
        let named = names_in(path).count();
        assert_eq!(inputs.parameters, named, "{name}: parameters that its handler takes");
        Self {
            method,
            path,
            handler: routing::on(filter.expect("a method of HTTP"), handler),
            summary,
            inputs,
            parameters: Vec::new(),
            answers: Vec::new(),
            may_miss: named > 0,
            is_packed: method == "GET",
        }
    }

    /// Describes the next parameter of its path.
    pub(crate) fn of(mut self, about: &'static str) -> Self {
        self.parameters.push(about);
        self
    }

    /// Its input may name something unknown to the registry: 404.
    pub(crate) fn may_miss(mut self) -> Self {
        self.may_miss = true;
        self
    }

    /// Adds a refusal that does not follow from its inputs.
    pub(crate) fn refuses(mut self, status: u16, about: &'static str) -> Self {
        self.inputs.refusals.push((status, about));
        self
    }

    /// Answers `{"data": […]}` with all there is.
    pub(crate) fn answers<T: JsonSchema + Serialize>(self) -> Self {
        self.answers_with(200, "Success.", JSON, all_of::<T>)
    }

    /// Answers one page of a list and its place in it.
    pub(crate) fn answers_pages_of<T: JsonSchema + Serialize>(self) -> Self {
        self.answers_with(200, "A page of the list.", JSON, schema_of::<Data<T>>)
    }

    /// Creates something new each time.
    pub(crate) fn creates<T: JsonSchema + Serialize>(self) -> Self {
        self.answers_with(201, "Created.", JSON, all_of::<T>)
    }

    /// Answers `{"data": […]}` with another status as well.
    pub(crate) fn answers_also<T: JsonSchema + Serialize>(
        self,
        status: u16,
        about: &'static str,
    ) -> Self {
        self.answers_with(status, about, JSON, all_of::<T>)
    }

    /// Creates something, or finds or changes the one that exists.
    pub(crate) fn creates_or_finds<T: JsonSchema + Serialize>(self) -> Self {
        self.creates::<T>().answers_with(200, "It existed already.", JSON, all_of::<T>)
    }

    /// Answers in another form.
    pub(crate) fn answers_with(
        mut self,
        status: u16,
        about: &'static str,
        content_type: &'static str,
        schema: Describe,
    ) -> Self {
        self.answers.push(Answer { status, about, content_type, schema });
        self
    }

    /// Never compresses its answers: those of the hot path must be quick, and some are compressed already. All other
    /// answers to `GET` are, from [`PACKED_FROM`] bytes, for callers that accept it.
    pub(crate) fn unpacked(mut self) -> Self {
        self.is_packed = false;
        self
    }

    /// Path with its parameters in braces: `/taxis/{id}`.
    pub(crate) fn path(&self) -> &'static str {
        self.path
    }

    /// Path and method, for lists in a fixed order.
    pub(crate) fn place(&self) -> (&'static str, &'static str) {
        (self.path, self.method)
    }

    /// Adds itself to a router, also with a slash at the end of its path.
    pub(crate) fn add_to(self, router: Router<Arc<App>>) -> Router<Arc<App>> {
        let with_slash = format!("{}/", self.path.trim_end_matches('/'));
        let mut handler = self.handler;
        if self.is_packed {
            let layer = CompressionLayer::new().quality(CompressionLevel::Fastest);
            handler = handler.layer(layer.compress_when(SizeAbove::new(PACKED_FROM)));
        }
        let router = router.route(&with_slash, handler.clone());
        if self.path == with_slash { router } else { router.route(self.path, handler) }
    }
}

/// Names of the parameters of a path, in their order.
pub(super) fn names_in(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// Schema of an answer that is not a page of a list.
fn all_of<T: JsonSchema + Serialize>() -> Schema {
    let mut schema = schema_of::<Data<T>>();
    if let Some(fields) = schema["properties"].as_object_mut() {
        fields.remove("meta");
    }
    schema
}

/// Schema of a struct as it is answered.
pub(crate) fn schema_of<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    // The names of our structs mean nothing to others.
    without_titles(&mut schema);
    schema
}

fn without_titles(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.retain(|name, value| name != "title" || !value.is_string());
            fields.values_mut().for_each(without_titles);
        }
        Value::Array(values) => values.iter_mut().for_each(without_titles),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
