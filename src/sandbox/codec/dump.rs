//! Values as Go's spew library prints them, which is what Kubernetes takes a template's hash of.
//!
//! Source: kubernetes v1.20.2 `pkg/util/hash`, `DeepHashObject` (`%#v` with sorted keys and without methods), and the types of
//! what a Pod's template holds, `staging/src/k8s.io/api/core/v1/types.go`.

use std::fmt::Write as _;

use serde_json::Value;

use super::shape;
use crate::client::etcd::decode::{self, Count, Field, Form, SHAPES, Scalar, Shape};
use crate::render::Quantity;

/// Names of Go's fields that are not those of JSON with a large first letter.
const NAMES: &[(&str, &str)] = &[
    ("apiVersion", "APIVersion"),
    ("awsElasticBlockStore", "AWSElasticBlockStore"),
    ("cephfs", "CephFS"),
    ("csi", "CSI"),
    ("dnsConfig", "DNSConfig"),
    ("dnsPolicy", "DNSPolicy"),
    ("downwardAPI", "DownwardAPI"),
    ("fc", "FC"),
    ("fsGroup", "FSGroup"),
    ("fsGroupChangePolicy", "FSGroupChangePolicy"),
    ("fsType", "FSType"),
    ("gcePersistentDisk", "GCEPersistentDisk"),
    ("httpGet", "HTTPGet"),
    ("httpHeaders", "HTTPHeaders"),
    ("ip", "IP"),
    ("iscsi", "ISCSI"),
    ("metadata", "ObjectMeta"),
    ("nfs", "NFS"),
    ("pdName", "PDName"),
    ("rbd", "RBD"),
    ("seLinuxOptions", "SELinuxOptions"),
    ("serviceAccount", "DeprecatedServiceAccount"),
    ("storageos", "StorageOS"),
    ("tcpSocket", "TCPSocket"),
    ("tty", "TTY"),
    ("uid", "UID"),
];

/// Types of texts that are not `string`, by message and field.
const TYPES: &[(&str, &str, &str)] = &[
    ("core.Capabilities", "add", "v1.Capability"),
    ("core.Capabilities", "drop", "v1.Capability"),
    ("core.Container", "imagePullPolicy", "v1.PullPolicy"),
    ("core.Container", "terminationMessagePolicy", "v1.TerminationMessagePolicy"),
    ("core.ContainerPort", "protocol", "v1.Protocol"),
    ("core.EndpointPort", "protocol", "v1.Protocol"),
    ("core.EmptyDirVolumeSource", "medium", "v1.StorageMedium"),
    ("core.HTTPGetAction", "scheme", "v1.URIScheme"),
    ("core.HostPathVolumeSource", "type", "v1.HostPathType"),
    ("core.NodeSelectorRequirement", "operator", "v1.NodeSelectorOperator"),
    ("core.PersistentVolumeClaimSpec", "accessModes", "v1.PersistentVolumeAccessMode"),
    ("core.PersistentVolumeClaimSpec", "volumeMode", "v1.PersistentVolumeMode"),
    ("core.PodReadinessGate", "conditionType", "v1.PodConditionType"),
    ("core.PodSecurityContext", "fsGroupChangePolicy", "v1.PodFSGroupChangePolicy"),
    ("core.PodSpec", "dnsPolicy", "v1.DNSPolicy"),
    ("core.PodSpec", "preemptionPolicy", "v1.PreemptionPolicy"),
    ("core.PodSpec", "restartPolicy", "v1.RestartPolicy"),
    ("core.SeccompProfile", "type", "v1.SeccompProfileType"),
    ("core.SecurityContext", "procMount", "v1.ProcMountType"),
    ("core.Toleration", "effect", "v1.TaintEffect"),
    ("core.Toleration", "operator", "v1.TolerationOperator"),
    ("core.TopologySpreadConstraint", "whenUnsatisfiable", "v1.UnsatisfiableConstraintAction"),
    ("core.VolumeMount", "mountPropagation", "v1.MountPropagationMode"),
    ("meta.LabelSelectorRequirement", "operator", "v1.LabelSelectorOperator"),
    ("meta.ObjectMeta", "uid", "types.UID"),
    ("meta.OwnerReference", "uid", "types.UID"),
];

/// A value of a type of core/v1: `PodTemplateSpec`, `EndpointPort`.
pub fn dump(kind: &str, value: &Value) -> String {
    let mut out = String::new();
    let place = SHAPES.place_of(&decode::message_name("v1", kind));
    // The descriptors have it, as tests show.
    if let Some(shape) = place.map(|place| SHAPES.at(place)) {
        put(&mut out, format_args!("({})", go_type(shape)));
        message(shape, value, &mut out);
    }
    out
}

/// A Pod's template.
pub fn template(template: &Value) -> String {
    dump("PodTemplateSpec", template)
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a text does not fail.
    let _ = out.write_fmt(text);
}

fn message(shape: &Shape, value: &Value, out: &mut String) {
    match shape.form {
        Form::Quantity => return quantity(value, out),
        Form::IntOrString => return int_or_string(value, out),
        // No template that is written has a time.
        Form::Time | Form::MicroTime => {
            return out.push_str("{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}");
        }
        Form::Object | Form::Raw | Form::Items => {}
    }
    out.push('{');
    for (index, known) in shape.fields.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        put(out, format_args!("{}:", go_name(if known.inlined { &known.name } else { &known.key })));
        field(shape, known, if known.inlined { value } else { &value[known.key.as_str()] }, out);
    }
    out.push('}');
}

fn field(of: &Shape, field: &Field, value: &Value, out: &mut String) {
    let of_message = match field.kind {
        Scalar::Message(place) => Some(SHAPES.at(place)),
        _ => None,
    };
    let kind = of_message.map_or_else(|| scalar_type(of, field), go_type);
    match field.count {
        Count::One => {
            let structure = field.inlined || shape::is_struct(&of.name, &field.name);
            let pointer = of_message.map_or_else(|| shape::is_pointer(&of.name, &field.name), |_| !structure);
            put(out, format_args!("({}{kind})", if pointer { "*" } else { "" }));
            match of_message {
                _ if pointer && value.is_null() => out.push_str("<nil>"),
                Some(inner) => message(inner, value, out),
                None => scalar(field.kind, value, out),
            }
        }
        Count::Many => {
            put(out, format_args!("([]{kind})"));
            let Some(items) = value.as_array() else { return out.push_str("<nil>") };
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(' ');
                }
                element(field.kind, of_message, item, out);
            }
            out.push(']');
        }
        Count::Map => {
            let kind =
                if kind == "resource.Quantity" { "v1.ResourceList".to_owned() } else { format!("map[string]{kind}") };
            put(out, format_args!("({kind})"));
            let Some(entries) = value.as_object() else { return out.push_str("<nil>") };
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            out.push_str("map[");
            for (index, (key, value)) in entries.into_iter().enumerate() {
                put(out, format_args!("{}{key}:", if index > 0 { " " } else { "" }));
                element(field.kind, of_message, value, out);
            }
            out.push(']');
        }
    }
}

fn element(kind: Scalar, of_message: Option<&Shape>, value: &Value, out: &mut String) {
    match of_message {
        Some(inner) => message(inner, value, out),
        None => scalar(kind, value, out),
    }
}

fn scalar(kind: Scalar, value: &Value, out: &mut String) {
    match (kind, value) {
        (_, Value::String(text)) => out.push_str(text),
        (Scalar::Text | Scalar::Bytes, _) => {}
        (Scalar::Bool, _) => put(out, format_args!("{}", value == true)),
        (_, Value::Null) => out.push('0'),
        (_, number) => put(out, format_args!("{number}")),
    }
}

fn scalar_type(of: &Shape, field: &Field) -> String {
    let known = TYPES.iter().find(|(message, name, _)| *message == of.name && *name == field.name);
    let plain = match field.kind {
        Scalar::Bool => "bool",
        Scalar::Int32 => "int32",
        Scalar::Int64 => "int64",
        Scalar::Double => "float64",
        Scalar::Bytes => "[]uint8",
        Scalar::Text | Scalar::Message(_) => "string",
    };
    known.map_or(plain, |(.., kind)| kind).to_owned()
}

fn go_type(shape: &Shape) -> String {
    match shape.form {
        Form::Quantity => "resource.Quantity".to_owned(),
        Form::IntOrString => "intstr.IntOrString".to_owned(),
        _ => format!("v1.{}", shape.name.rsplit('.').next().unwrap_or_default()),
    }
}

fn go_name(name: &str) -> String {
    if let Some((_, known)) = NAMES.iter().find(|(json, _)| *json == name) {
        return (*known).to_owned();
    }
    let mut letters = name.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

fn int_or_string(value: &Value, out: &mut String) {
    let number = value.as_i64().unwrap_or_default();
    let text = value.as_str();
    put(
        out,
        format_args!(
            "{{Type:(intstr.Type){} IntVal:(int32){number} StrVal:(string){}}}",
            i32::from(text.is_some()),
            text.unwrap_or_default()
        ),
    );
}

/// An amount in the form in which it was parsed: apimachinery `pkg/api/resource/quantity.go`.
fn quantity(value: &Value, out: &mut String) {
    let given = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let shown = Quantity::parse(&given).map_or(given, |quantity| quantity.to_string());
    let end = shown.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(shown.len());
    let (number, scale) = match &shown[end..] {
        "n" => (None, -9),
        "u" => (None, -6),
        "m" => (None, -3),
        "" => (None, 0),
        "k" => (None, 3),
        "M" => (None, 6),
        "G" => (None, 9),
        "T" => (None, 12),
        "P" => (None, 15),
        "E" => (None, 18),
        _ => (Some(Quantity::parse(&shown).unwrap_or(Quantity::ZERO).value().to_string()), 0),
    };
    let format = if number.is_some() { "BinarySI" } else { "DecimalSI" };
    // The parser keeps the text where it is sure to be canonical (`ParseQuantity`): a decimal one in this form always is,
    // of binary ones those that are no multiple of eight.
    let is_kept = number.is_none() || shown[..end].parse::<i64>().is_ok_and(|count| count % 8 != 0);
    let text = if is_kept { shown.as_str() } else { "" };
    let number = number.unwrap_or_else(|| shown[..end].to_owned());
    put(
        out,
        format_args!(
            "{{i:(resource.int64Amount){{value:(int64){number} scale:(resource.Scale){scale}}} \
             d:(resource.infDecAmount){{Dec:(*inf.Dec)<nil>}} s:(string){text} Format:(resource.Format){format}}}"
        ),
    );
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What the API stores of a template, but for what `spec` and `main` have.
    fn template_of(spec: &Value, main: &Value) -> Value {
        let mut container = json!({"name": "main", "image": "busybox:1.31", "imagePullPolicy": "IfNotPresent",
            "resources": {}, "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"});
        let mut whole = json!({"dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "securityContext": {},
            "schedulerName": "default-scheduler", "terminationGracePeriodSeconds": 30});
        for (into, from) in [(&mut container, main), (&mut whole, spec)] {
            for (field, value) in from.as_object().into_iter().flatten() {
                into[field] = value.clone();
            }
        }
        whole["containers"] = json!([container]);
        let annotations = json!({"a": "b", "x/y": "<z>&"});
        json!({"metadata": {"labels": {"app": "x", "b": "c"}, "annotations": annotations}, "spec": whole})
    }

    #[test]
    fn hashes_are_those_of_a_real_cluster() {
        let none = json!({});
        let known = [
            (none.clone(), none.clone(), "644cc6766f"),
            (none.clone(), json!({"resources": {"limits": {"memory": "64Mi"}}}), "574898c664"),
            (
                json!({"hostNetwork": true}),
                json!({"ports": [
                    {"containerPort": 80, "name": "web", "protocol": "TCP", "hostPort": 80},
                    {"containerPort": 81, "protocol": "UDP", "hostPort": 81},
                ]}),
                "6cd96777dc",
            ),
            (
                none.clone(),
                json!({"envFrom": [{"prefix": "x", "secretRef": {"name": "s"}}, {"configMapRef": {"name": "s"}}]}),
                "7c98f5955d",
            ),
            (json!({"volumes": [{"name": "a", "emptyDir": {}}]}), none.clone(), "5785cd449"),
            (
                json!({"volumes": [{"name": "h", "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}}]}),
                none.clone(),
                "79b599fcfc",
            ),
            (json!({"volumes": [{"name": "b", "hostPath": {"path": "/x", "type": "Directory"}}]}), none, "7897f8d964"),
        ];
        for (spec, main, hash) in known {
            assert_eq!(crate::sandbox::object::template_hash(&template_of(&spec, &main), None), hash, "{spec} {main}");
        }
    }
}
