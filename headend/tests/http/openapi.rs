//! The API's description is made from the code, and the one in `docs/` is the same.

use std::path::Path;

use headend::http::openapi_json;
use serde_json::Value;

use crate::node::Node;

fn document() -> Value {
    serde_json::from_str(&openapi_json()).unwrap()
}

#[tokio::test]
async fn the_server_gives_its_own_description() {
    let answer = Node::start().get("/openapi.json").await;
    assert_eq!(answer.text(), openapi_json());
}

/// `HEADEND_WRITE=1 cargo nextest run -p headend openapi` writes it again.
#[test]
fn the_reference_is_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/openapi.json");
    if std::env::var_os("HEADEND_WRITE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, openapi_json()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(
        written == openapi_json(),
        "{} is out of date",
        path.display()
    );
}

#[test]
fn it_is_openapi_3_1_and_every_reference_leads_somewhere() {
    let document = document();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref") {
                references.push(reference.clone());
            }
            map.values().for_each(|value| collect(value, references));
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}

#[test]
fn no_operation_is_without_words_and_every_write_can_be_tried_first() {
    let document = document();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let at = format!("{method} {path}");
            assert!(operation["summary"].is_string(), "{at}");
            assert!(operation["responses"]["200"].is_object(), "{at}");
            let parameters = operation["parameters"].to_string();
            if method != "get" {
                assert!(parameters.contains("\"dryRun\""), "{at}");
                assert!(parameters.contains("\"If-Match\""), "{at}");
                assert!(operation["responses"]["4XX"].is_object(), "{at}");
            }
        }
    }
}
