//! `GET /openapi.json`: the document of everything in [`super::endpoint::all`].

use axum::Json;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::Value;
use utoipa::openapi::path::PathItem;
use utoipa::openapi::security::{Http as HttpScheme, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Components, InfoBuilder, OpenApiBuilder, Paths};

use super::endpoint::{Endpoint, all, doc};
use super::problem::internal;

/// JSON Schemas of everything that is sent or answered, by name.
const SCHEMAS: &str = include_str!("schemas.json");

/// This file's routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get(
        "/openapi.json",
        get(serve),
        doc("openApi", "This document").open().answers(200, "OpenAPI 3.1", "Anything"),
    )]
}

async fn serve() -> Response {
    match document() {
        Ok(document) => Json(document).into_response(),
        Err(_) => internal("openapi.schemas").into_response(),
    }
}

/// The document.
fn document() -> Result<Value, serde_json::Error> {
    let mut paths = Paths::new();
    for endpoint in all() {
        let item = PathItem::new(endpoint.method, endpoint.operation);
        match paths.paths.get_mut(endpoint.path) {
            Some(present) => present.merge_operations(item),
            None => {
                paths.paths.insert(endpoint.path.to_owned(), item);
            }
        }
    }
    let mut components = Components::new();
    components.add_security_scheme("api_key", SecurityScheme::Http(HttpScheme::new(HttpAuthScheme::Bearer)));
    let api = OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("skillhost")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(
                    "Events in, jobs and approvals out. A key is scoped to one org and acts as one person. \
                     Every error is a Problem (RFC 9457). Instants are milliseconds since 1970, UTC.",
                ))
                .build(),
        )
        .paths(paths)
        .components(Some(components))
        .build();
    let mut document = serde_json::to_value(api)?;
    // The schemas are kept as plain JSON Schema 2020-12, which OpenAPI 3.1 takes
    // as it is.
    document["components"]["schemas"] = serde_json::from_str(SCHEMAS)?;
    Ok(document)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use super::*;

    fn refs(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(target)) = map.get("$ref") {
                    found.insert(target.clone());
                }
                map.values().for_each(|inner| refs(inner, found));
            }
            Value::Array(list) => list.iter().for_each(|inner| refs(inner, found)),
            _ => {}
        }
    }

    #[test]
    fn every_route_is_documented_and_every_reference_resolves() {
        let document = document().unwrap();
        assert_eq!(document["openapi"], "3.1.0");
        let mut ids = BTreeSet::new();
        for endpoint in all() {
            let method = serde_json::to_value(&endpoint.method).unwrap();
            let method = method.as_str().unwrap();
            let operation = &document["paths"][endpoint.path][method];
            assert!(
                operation["responses"].as_object().is_some_and(|some| !some.is_empty()),
                "{} {}",
                method,
                endpoint.path
            );
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{operation}");
            let declared = operation["parameters"]
                .as_array()
                .map_or(0, |list| list.iter().filter(|parameter| parameter["in"] == "path").count());
            assert_eq!(declared, endpoint.path.matches('{').count(), "{}", endpoint.path);
        }
        let mut found = BTreeSet::new();
        refs(&document, &mut found);
        for target in &found {
            let pointer = target.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{target} is not defined");
        }
        for name in document["components"]["schemas"].as_object().unwrap().keys() {
            assert!(found.contains(&format!("#/components/schemas/{name}")), "{name} is not used");
        }
    }

    #[test]
    fn the_schemas_are_json_schema_2020_12() {
        let document = document().unwrap();
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            let checked = jsonschema::draft202012::meta::validate(schema);
            assert!(checked.is_ok(), "{name}: {}", checked.err().map_or_else(String::new, |error| error.to_string()));
        }
    }

    /// Paths, parameters and security, read back by the library's own types;
    /// these know no schema without a type, so the schemas are left out.
    #[test]
    fn the_rest_of_the_document_reads_back() {
        let mut document = document().unwrap();
        document["components"]["schemas"] = serde_json::json!({});
        let read = serde_json::from_value::<utoipa::openapi::OpenApi>(document.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap()["paths"], document["paths"]);
    }
}
