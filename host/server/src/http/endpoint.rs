//! One route: where it is, what serves it, and how it is documented. The router
//! and the OpenAPI document are both made from [`all`], so neither can lack what
//! the other has.

use axum::routing::MethodRouter;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::{ContentBuilder, ObjectBuilder, Ref, Required, ResponseBuilder, SecurityRequirement, Type};

use super::Http;

/// A route.
pub(crate) struct Endpoint {
    /// In axum's and OpenAPI's common form: `/v1/jobs/{id}`.
    pub(crate) path: &'static str,
    /// Its method.
    pub(crate) method: HttpMethod,
    /// What serves it.
    pub(crate) handler: MethodRouter<Http>,
    /// How it is documented.
    pub(crate) operation: Operation,
}

impl Endpoint {
    /// A `GET`.
    pub(super) fn get(path: &'static str, handler: MethodRouter<Http>, doc: Doc) -> Self {
        Self { path, method: HttpMethod::Get, handler, operation: doc.finish(path) }
    }

    /// A `POST`.
    pub(super) fn post(path: &'static str, handler: MethodRouter<Http>, doc: Doc) -> Self {
        Self { path, method: HttpMethod::Post, handler, operation: doc.finish(path) }
    }
}

/// Every route of the API.
pub(crate) fn all() -> Vec<Endpoint> {
    [
        super::events::endpoints(),
        super::transcripts::endpoints(),
        super::hooks::endpoints(),
        super::jobs::endpoints(),
        super::artifacts::endpoints(),
        super::orders::endpoints(),
        super::replay::endpoints(),
        super::reports::endpoints(),
        super::people::endpoints(),
        super::watch::endpoints(),
        super::approvals::endpoints(),
        super::budgets::endpoints(),
        super::schedules::endpoints(),
        super::mailboxes::endpoints(),
        super::feed::endpoints(),
        super::skills::endpoints(),
        super::versions::endpoints(),
        super::held::endpoints(),
        super::vitals::endpoints(),
        super::health::endpoints(),
        super::openapi::endpoints(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Documentation of a route under construction.
pub(super) struct Doc {
    operation: OperationBuilder,
    open: bool,
}

/// Starts one; `id` is what generated clients call the method.
pub(super) fn doc(id: &str, summary: &str) -> Doc {
    Doc { operation: OperationBuilder::new().operation_id(Some(id)).summary(Some(summary)), open: false }
}

fn schema_ref(name: &str) -> Ref {
    Ref::from_schema_name(name)
}

impl Doc {
    /// The route needs no API key; vendors sign, probes are open.
    pub(super) fn open(mut self) -> Self {
        self.open = true;
        self
    }

    /// Media type and schema of each accepted body.
    pub(super) fn bodies(mut self, bodies: &[(&str, &str)]) -> Self {
        let mut request = RequestBodyBuilder::new().required(Some(Required::True));
        for (media, schema) in bodies {
            request = request.content(*media, ContentBuilder::new().schema(Some(schema_ref(schema))).build());
        }
        self.operation = self.operation.request_body(Some(request.build()));
        self
    }

    /// A JSON answer.
    pub(super) fn answers(self, status: u16, description: &str, schema: &str) -> Self {
        self.answers_as(status, description, "application/json", schema)
    }

    /// An answer of another media type.
    pub(super) fn answers_as(mut self, status: u16, description: &str, media: &str, schema: &str) -> Self {
        let content = ContentBuilder::new().schema(Some(schema_ref(schema))).build();
        let response = ResponseBuilder::new().description(description).content(media, content).build();
        self.operation = self.operation.response(status.to_string(), response);
        self
    }

    /// The problems it may answer, by status.
    pub(super) fn problems(mut self, statuses: &[u16]) -> Self {
        for status in statuses {
            let words = match status {
                400 => "The body or a parameter cannot be read",
                401 => "No valid key or signature",
                403 => "Not this person's to decide",
                404 => "Not there, or not visible to this key",
                409 => "Overtaken by another change; the problem says which",
                410 => "Expired",
                413 => "The body is too large",
                415 => "Not a content type the host reads",
                422 => "Understood, and not acceptable",
                429 => "Busy; try again after Retry-After",
                503 => "Not able to at the moment; try again after Retry-After",
                _ => "A problem",
            };
            self = self.answers_as(*status, words, "application/problem+json", "Problem");
        }
        self
    }

    /// A query parameter.
    pub(super) fn query(mut self, name: &str, description: &str) -> Self {
        self.operation = self.operation.parameter(
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Query)
                .description(Some(description))
                .schema(Some(ObjectBuilder::new().schema_type(Type::String).build())),
        );
        self
    }

    fn finish(mut self, path: &str) -> Operation {
        for name in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
            self.operation = self.operation.parameter(
                ParameterBuilder::new()
                    .name(name)
                    .parameter_in(ParameterIn::Path)
                    .required(Required::True)
                    .schema(Some(ObjectBuilder::new().schema_type(Type::String).build())),
            );
        }
        if !self.open {
            self.operation = self.operation.security(SecurityRequirement::new("api_key", std::iter::empty::<String>()));
        }
        self.operation.build()
    }
}
