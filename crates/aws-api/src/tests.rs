//! What holds for every operation of every model.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::codec::query::{Parameters, Reader};
use crate::codec::shape::{Model, Shape};
use crate::codec::{Value, cbor, json, validate, xml};
use crate::generated;

/// Some value of a shape: all members, or only those that must be there.
fn sample(shape: &'static Shape, all: bool) -> Value {
    match shape {
        Shape::Text { values, .. } => Value::Text(values.first().copied().unwrap_or("text").to_owned()),
        Shape::Integer(low, high) => Value::Integer(7.clamp(*low, *high)),
        Shape::Double => Value::Double(1.5),
        Shape::Boolean => Value::Boolean(true),
        Shape::Timestamp => Value::Timestamp(words::Timestamp::from_nanos(1_500_000_000).expect("in range")),
        Shape::Blob => Value::Blob(bytes::Bytes::from_static(b"\0\xff")),
        Shape::List { member, .. } => Value::List(vec![sample(member, all); 2]),
        Shape::Map { value, .. } => Value::Map(BTreeMap::from([("key".to_owned(), sample(value, all))])),
        Shape::Structure { members } => {
            let member = |one: &crate::codec::shape::Member| (all || one.required).then(|| sample(one.shape, all));
            Value::Structure(members.iter().map(member).collect())
        }
    }
}

#[test]
fn types_fit_their_shapes() {
    for (model, forms) in generated::MODELS.iter().zip(generated::FORMS) {
        assert_eq!(model.operations.len(), forms.len());
        for (operation, form) in model.operations.iter().zip(*forms) {
            assert_eq!(operation.name, form.name);
            for all in [false, true] {
                let (input, output) = (sample(operation.input, all), sample(operation.output, all));
                assert_eq!((form.input)(input.clone()), Some(input), "{}", operation.name);
                assert_eq!((form.output)(output.clone()), Some(output), "{}", operation.name);
            }
        }
    }
}

#[test]
fn documents_are_read_as_they_are_written() {
    for operation in generated::MODELS.iter().flat_map(|model| model.operations) {
        for shape in [operation.input, operation.output] {
            let value = sample(shape, true);
            let document = json::write(shape, &value).to_string();
            assert_eq!(json::parse(shape, document.as_bytes()).unwrap(), value, "{}", operation.name);
            assert_eq!(cbor::parse(shape, &cbor::write(shape, &value)).unwrap(), value, "{}", operation.name);
        }
    }
}

#[test]
fn tables_are_sorted_and_have_no_double() {
    for model in generated::MODELS {
        assert!(model.operations.is_sorted_by(|one, other| one.name < other.name));
        assert!(model.operation(model.operations[0].name).is_some());
        assert!(model.operation("Nonsense").is_none());
    }
}

#[test]
fn what_must_be_there_is_asked_for() {
    for model in generated::MODELS {
        for operation in model.operations {
            let Shape::Structure { members } = operation.input else { panic!("{} takes no structure", operation.name) };
            let empty = Value::Structure(vec![None; members.len()]);
            let wanted = members.iter().any(|member| member.required);
            assert_eq!(validate::check(model, operation.input, &empty).is_err(), wanted, "{}", operation.name);
        }
    }
}

/// Parameters by the names that a model knows, in any order and depth.
fn form(model: &'static Model) -> impl Strategy<Value = (usize, String)> {
    let parts = "(Tags|member|entry|1|2|Filters|OptionSettings|Value|Key|Values|key|value|MaxRecords|StartTime)";
    let pair = proptest::string::string_regex(&format!("{parts}(\\.{parts}){{0,4}}=[a-z0-9:]{{0,6}}"));
    let pair = pair.expect("a pattern");
    (0..model.operations.len(), proptest::collection::vec(pair, 0..12).prop_map(|pairs| pairs.join("&")))
}

proptest! {
    #[test]
    fn any_parameters_are_read_or_refused((which, text) in form(&generated::elasticbeanstalk::MODEL)) {
        let model = &generated::elasticbeanstalk::MODEL;
        let shape = model.operations[which].input;
        if let Ok(parameters) = Parameters::parse(text.as_bytes())
            && let Ok(value) = (Reader { ec2: false }).read(shape, &parameters)
            && validate::check(model, shape, &value).is_ok()
        {
            prop_assert!((generated::elasticbeanstalk::operation::FORMS[which].input)(value).is_some());
        }
    }

    #[test]
    fn any_text_makes_a_document(text in "\\PC{0,40}|[\\x00-\\x7f]{0,40}") {
        let mut document = xml::Document::new();
        document.text("Text", &text);
        let written = document.finish();
        let mut reader = quick_xml::Reader::from_str(&written);
        loop {
            match reader.read_event() {
                Ok(quick_xml::events::Event::Eof) => break,
                Ok(_) => {}
                Err(error) => prop_assert!(false, "{error}"),
            }
        }
    }
}
