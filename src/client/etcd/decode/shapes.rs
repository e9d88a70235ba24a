//! The fields of each message in protobuf and in JSON, worked out once from the descriptors.

use std::collections::HashMap;
use std::sync::LazyLock;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::{descriptors, presence};

/// Struct fields that Go inlines (`json:",inline"`), which protobuf cannot: their fields stand among their parent's.
const INLINED: [&str; 7] = [
    "ephemeralContainerCommon",
    "handler",
    "ingressRuleValue",
    "localObjectReference",
    "persistentVolumeSource",
    "rule",
    "volumeSource",
];

/// Whether the fields of a message field of this name stand among its parent's.
fn is_inlined(field: &str) -> bool {
    INLINED.contains(&field)
}

/// The field's name in JSON, which is that of the message but for one.
fn key(field: &FieldDescriptor) -> &str {
    match field.name() {
        "Webhooks" => "webhooks",
        name => name,
    }
}

/// All messages, which name each other by their places.
pub(crate) struct Shapes {
    all: Vec<Shape>,
    by_name: HashMap<String, usize>,
}

/// A message.
pub(crate) struct Shape {
    /// By group and kind, without the version.
    pub(crate) name: String,
    pub(crate) form: Form,
    /// As they are declared, which is how Go writes them in JSON.
    pub(crate) fields: Vec<Field>,
    /// The places of the fields by their numbers.
    places: Vec<(u32, usize)>,
}

/// What JSON has for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// An object of its fields.
    Object,
    /// A text: seconds and nanoseconds.
    Time,
    MicroTime,
    /// A text, as it is.
    Quantity,
    /// Which of the two it is, the number, the text.
    IntOrString,
    /// JSON as it is.
    Raw,
    /// A list.
    Items,
}

pub(crate) struct Field {
    pub(crate) number: u32,
    /// In protobuf.
    pub(crate) name: String,
    /// In JSON.
    pub(crate) key: String,
    pub(crate) kind: Scalar,
    pub(crate) count: Count,
    /// Its own fields stand among its parent's in JSON.
    pub(crate) inlined: bool,
    /// A zero that is there is shown.
    pub(super) shows_zero: bool,
    /// An empty list is shown, as null.
    pub(super) shows_null: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scalar {
    Bool,
    Int32,
    Int64,
    Double,
    Text,
    Bytes,
    /// The message at this place.
    Message(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    One,
    Many,
    /// By texts.
    Map,
}

/// Those of the embedded descriptors; none, should they be broken.
pub(crate) static SHAPES: LazyLock<Shapes> = LazyLock::new(|| {
    let messages: Vec<_> = descriptors().into_iter().flat_map(|pool| pool.all_messages()).collect();
    let by_name: HashMap<_, _> =
        messages.iter().enumerate().map(|(at, message)| (message.full_name().to_owned(), at)).collect();
    let all = messages.iter().map(|message| Shape::of(message, &by_name)).collect();
    Shapes { all, by_name }
});

impl Shapes {
    pub(super) fn named(&self, name: &str) -> Option<&Shape> {
        self.place_of(name).map(|place| self.at(place))
    }

    /// Where the message of this full name is.
    pub(crate) fn place_of(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Shape> {
        self.all.iter()
    }

    pub(crate) fn at(&self, place: usize) -> &Shape {
        &self.all[place]
    }
}

impl Shape {
    fn of(message: &MessageDescriptor, by_name: &HashMap<String, usize>) -> Self {
        let short = presence::short_name(message);
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
        let declared =
            message.descriptor_proto().field.iter().map(|field| field.number.unwrap_or_default().unsigned_abs());
        let fields: Vec<Field> = declared
            .filter_map(|number| message.get_field(number))
            .map(|field| Field::of(&short, &field, by_name))
            .collect();
        let mut places: Vec<_> = fields.iter().enumerate().map(|(place, field)| (field.number, place)).collect();
        places.sort_unstable();
        Self { name: short, form, fields, places }
    }

    /// The fields in the order of their numbers, which is how generated code writes protobuf.
    pub(crate) fn by_number(&self) -> impl Iterator<Item = &Field> {
        self.places.iter().map(|(_, place)| &self.fields[*place])
    }

    /// The place of a field among all.
    pub(super) fn place(&self, number: u32) -> Option<usize> {
        let at = self.places.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        Some(self.places[at].1)
    }
}

impl Field {
    fn of(message: &str, field: &FieldDescriptor, by_name: &HashMap<String, usize>) -> Self {
        let (count, kind) = match field.kind() {
            Kind::Message(entry) if field.is_map() => (Count::Map, entry.map_entry_value_field().kind()),
            kind if field.is_list() => (Count::Many, kind),
            kind => (Count::One, kind),
        };
        let kind = match kind {
            Kind::Bool => Scalar::Bool,
            Kind::Int32 => Scalar::Int32,
            Kind::Double => Scalar::Double,
            Kind::String => Scalar::Text,
            Kind::Bytes => Scalar::Bytes,
            // By construction all messages that are named have a place.
            Kind::Message(inner) => Scalar::Message(by_name.get(inner.full_name()).copied().unwrap_or_default()),
            // Kubernetes has no other numbers than these: a test of the sandbox's codec asks.
            _ => Scalar::Int64,
        };
        Self {
            number: field.number(),
            name: field.name().to_owned(),
            key: key(field).to_owned(),
            kind,
            count,
            inlined: count == Count::One && matches!(kind, Scalar::Message(_)) && is_inlined(field.name()),
            shows_zero: presence::is_shown_when_zero(message, field.name()),
            shows_null: count == Count::Many && presence::is_null_when_empty(message, field.name()),
        }
    }
}
