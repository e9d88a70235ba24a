//! How each message is written, worked out once from the descriptors.

use std::collections::HashMap;
use std::sync::LazyLock;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::shape;
use crate::client::etcd::decode;

/// How a message is written.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) form: Form,
    /// In the order of their numbers, as generated code writes them.
    pub(super) fields: Vec<FieldPlan>,
}

/// What JSON has for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// An object of its fields.
    Object,
    /// A text in RFC 3339.
    Time,
    /// Likewise, with microseconds.
    MicroTime,
    /// A text, a number at times.
    Quantity,
    /// A number or a text.
    IntOrString,
    /// Any JSON, kept as text in field 1.
    Raw,
    /// A list, in field 1.
    Items,
}

#[derive(Debug)]
pub(super) struct FieldPlan {
    pub(super) number: u32,
    /// In JSON.
    pub(super) key: String,
    pub(super) shape: Shape,
    pub(super) scalar: Scalar,
    /// Written also where JSON does not have it.
    pub(super) always: bool,
    /// Its own fields stand among its parent's in JSON.
    pub(super) inlined: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    One,
    List,
    /// By text; the values are as the field's scalar.
    Map,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar {
    Bool,
    Int32,
    Int64,
    Double,
    Text,
    Bytes,
    /// The message with this number among the plans.
    Message(usize),
}

/// All plans.
pub(super) struct Plans {
    plans: Vec<Plan>,
    by_name: HashMap<String, usize>,
}

/// Of the messages that the descriptors have; none, should the embedded descriptors be broken.
pub(super) static PLANS: LazyLock<Plans> = LazyLock::new(|| {
    let messages: Vec<_> = decode::descriptors().into_iter().flat_map(|pool| pool.all_messages()).collect();
    let by_name: HashMap<_, _> =
        messages.iter().enumerate().map(|(at, message)| (message.full_name().to_owned(), at)).collect();
    let plans = messages.iter().map(|message| Plan::of(message, &by_name)).collect();
    Plans { plans, by_name }
});

impl Plans {
    pub(super) fn of_kind(&self, api_version: &str, kind: &str) -> Option<&Plan> {
        self.by_name.get(&decode::message_name(api_version, kind)).map(|at| &self.plans[*at])
    }

    pub(super) fn at(&self, index: usize) -> &Plan {
        &self.plans[index]
    }
}

impl Plan {
    fn of(message: &MessageDescriptor, by_name: &HashMap<String, usize>) -> Self {
        let short = decode::short_name(message);
        let mut fields: Vec<_> = message.fields().map(|field| FieldPlan::of(&short, &field, by_name)).collect();
        fields.sort_by_key(|field| field.number);
        let form = match message.full_name() {
            "k8s.io.apimachinery.pkg.apis.meta.v1.Time" => Form::Time,
            "k8s.io.apimachinery.pkg.apis.meta.v1.MicroTime" => Form::MicroTime,
            "k8s.io.apimachinery.pkg.api.resource.Quantity" => Form::Quantity,
            "k8s.io.apimachinery.pkg.util.intstr.IntOrString" => Form::IntOrString,
            "k8s.io.apimachinery.pkg.apis.meta.v1.FieldsV1" | "k8s.io.apimachinery.pkg.runtime.RawExtension" => {
                Form::Raw
            }
            name if name.ends_with(".ExtraValue") || name.ends_with(".Verbs") => Form::Items,
            _ => Form::Object,
        };
        Self { form, fields }
    }
}

impl FieldPlan {
    fn of(message: &str, field: &FieldDescriptor, by_name: &HashMap<String, usize>) -> Self {
        let (shape, kind) = match field.kind() {
            Kind::Message(entry) if field.is_map() => (Shape::Map, entry.map_entry_value_field().kind()),
            kind if field.is_list() => (Shape::List, kind),
            kind => (Shape::One, kind),
        };
        let scalar = match kind {
            Kind::Bool => Scalar::Bool,
            Kind::Int32 => Scalar::Int32,
            Kind::Double => Scalar::Double,
            Kind::String => Scalar::Text,
            Kind::Bytes => Scalar::Bytes,
            // By construction all messages that are named have an index.
            Kind::Message(inner) => Scalar::Message(by_name.get(inner.full_name()).copied().unwrap_or_default()),
            // Kubernetes has no other numbers than these.
            _ => Scalar::Int64,
        };
        let is_message = matches!(scalar, Scalar::Message(_));
        let inlined = is_message && shape == Shape::One && decode::is_inlined(field.name());
        let always = shape == Shape::One
            && match scalar {
                Scalar::Bytes => false,
                Scalar::Message(_) => inlined || shape::is_struct(message, field.name()),
                _ => !shape::is_pointer(message, field.name()),
            };
        let key = decode::json_name(field).to_owned();
        Self { number: field.number(), key, shape, scalar, always, inlined }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_fields_with_shapes_of_their_own_are_there() {
        let pool = decode::descriptors().unwrap();
        let messages: Vec<_> = pool.all_messages().collect();
        let unknown: Vec<_> = shape::rules()
            .filter(|(name, field)| {
                let known = |message: &MessageDescriptor| {
                    decode::short_name(message) == *name && message.get_field_by_name(field).is_some()
                };
                !messages.iter().any(known)
            })
            .collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn integers_are_of_the_two_widths() {
        for message in decode::descriptors().unwrap().all_messages() {
            for field in message.fields() {
                let known = matches!(
                    field.kind(),
                    Kind::Bool
                        | Kind::Int32
                        | Kind::Int64
                        | Kind::Double
                        | Kind::String
                        | Kind::Bytes
                        | Kind::Message(_)
                );
                assert!(known, "{}", field.full_name());
            }
        }
    }
}
