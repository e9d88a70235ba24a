//! Templates of `--format`: text, `{{.Path.To.Field}}`, `{{json .Path}}`, `{{index .Path "key"}}`, and a leading `table `.

use serde_json::Value;

use crate::client::Failure;

/// A parsed template.
#[derive(Debug)]
pub(super) struct Template(Vec<Part>);

#[derive(Debug)]
enum Part {
    Text(String),
    Action(Action),
}

/// What stands between two pairs of braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Action {
    /// As JSON.
    pub(super) json: bool,
    /// Names from the value inwards; none: the value itself.
    pub(super) path: Vec<String>,
}

impl Template {
    /// # Errors
    /// Braces that do not close, in docker's words; an action that kpnb does not know.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        // Docker takes these two for a tab and a newline.
        let text = text.replace("\\t", "\t").replace("\\n", "\n");
        let (mut parts, mut rest) = (Vec::new(), text.as_str());
        while let Some((before, after)) = rest.split_once("{{") {
            parts.push(Part::Text(before.to_owned()));
            let (action, after) = after
                .split_once("}}")
                .ok_or_else(|| Failure::usage("failed to parse template: template: :1: unclosed action"))?;
            parts.push(Part::Action(Action::parse(action)?));
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self(parts))
    }

    /// The template with each action replaced by what `value` says for it.
    ///
    /// # Errors
    /// Those of `value`.
    pub(super) fn fill(&self, mut value: impl FnMut(&Action) -> Result<String, Failure>) -> Result<String, Failure> {
        self.0
            .iter()
            .map(|part| match part {
                Part::Text(text) => Ok(text.clone()),
                Part::Action(action) => value(action),
            })
            .collect()
    }
}

impl Action {
    fn parse(text: &str) -> Result<Self, Failure> {
        let unknown = || {
            Failure::usage(format!("failed to parse template: {{{{{text}}}}} is not known to kpnb"))
                .with_hint("known: {{.Field.Of.It}}, {{json .Field}}, {{index .Field \"key\"}}")
        };
        let words = shell_words::split(text).map_err(|_| unknown())?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let path = |dotted: &str| -> Result<Vec<String>, Failure> {
            let names = dotted.strip_prefix('.').ok_or_else(unknown)?;
            Ok(names.split('.').filter(|name| !name.is_empty()).map(str::to_owned).collect())
        };
        match words[..] {
            ["json", field] => Ok(Self { json: true, path: path(field)? }),
            ["index", field, ref keys @ ..] if !keys.is_empty() => {
                let mut path = path(field)?;
                path.extend(keys.iter().map(|key| (*key).to_owned()));
                Ok(Self { json: false, path })
            }
            // A label of a container in a list.
            [".Label", key] => Ok(Self { json: false, path: vec!["Label".to_owned(), key.to_owned()] }),
            [field] => Ok(Self { json: false, path: path(field)? }),
            _ => Err(unknown()),
        }
    }

    /// What the action prints of an inspected object.
    ///
    /// # Errors
    /// A field that an object has not, in docker's words.
    pub(super) fn of(&self, object: &Value) -> Result<String, Failure> {
        let mut value = object;
        for (depth, name) in self.path.iter().enumerate() {
            let place = name.parse::<usize>().ok().filter(|_| value.is_array());
            value = match place.map_or_else(|| value.get(name), |place| value.get(place)) {
                Some(value) => value,
                // Maps whose keys are no fields: labels, networks, ports.
                None if depth > 1 => return Ok(if self.json { "null" } else { "<no value>" }.to_owned()),
                None => {
                    let path = self.path.join(".");
                    return Err(Failure::answer(format!(
                        "template parsing error: template: :1:2: executing \"\" at <.{path}>: map has no entry for key \
                         {name:?}"
                    )));
                }
            };
        }
        Ok(if self.json { go_json(value) } else { plain(value) })
    }
}

/// One line of JSON as Go writes it.
pub(super) fn go_json(value: &Value) -> String {
    value.to_string().replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e")
}

/// A value as Go prints it: `map[a:1 b:2]`, `[a b]`. A struct, which docker prints without names, is printed as a map.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "<no value>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(" ")),
        Value::Object(fields) => {
            let mut fields: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name}:{}", plain(value))).collect();
            fields.sort();
            format!("map[{}]", fields.join(" "))
        }
        other => other.to_string(),
    }
}

/// Rows under titles, in columns three apart, as docker's tables are. The last cell of a row is not padded.
pub(super) fn columns(rows: &[String]) -> String {
    let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.split('\t').collect()).collect();
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = rows.iter().filter(|row| column + 1 < row.len()).map(|row| row[column].chars().count() + 3);
        cells.max().unwrap_or_default().max(10)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let line = |row: &Vec<&str>| {
        let cells = row.iter().enumerate().map(|(column, cell)| match widths.get(column) {
            Some(width) if column + 1 < row.len() => format!("{cell:<width$}"),
            _ => (*cell).to_owned(),
        });
        cells.collect::<String>() + "\n"
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str, object: &Value) -> Result<String, String> {
        let filled = Template::parse(template).and_then(|template| template.fill(|action| action.of(object)));
        filled.map_err(|failure| failure.message)
    }

    #[test]
    fn fills_fields_of_what_is_inspected() {
        let object = serde_json::json!({
            "Name": "/a", "State": {"Pid": 7, "Running": true}, "Config": {"Labels": {"x.y/z": "v"}, "Cmd": ["a", "b"]}
        });
        assert_eq!(filled("{{.Name}}\\t{{.State.Pid}} {{ .State.Running }}!", &object).unwrap(), "/a\t7 true!");
        assert_eq!(filled("{{json .State}}", &object).unwrap(), r#"{"Pid":7,"Running":true}"#);
        assert_eq!(filled(r#"{{index .Config.Labels "x.y/z"}}"#, &object).unwrap(), "v");
        assert_eq!(filled("{{.Config.Labels}} {{.Config.Cmd}}", &object).unwrap(), "map[x.y/z:v] [a b]");
        assert_eq!(filled("{{.Config.Labels.no}}", &object).unwrap(), "<no value>");
    }

    #[test]
    fn wrong_templates_are_told_in_dockers_words() {
        let object = serde_json::json!({});
        assert_eq!(filled("{{.A", &object).unwrap_err(), "failed to parse template: template: :1: unclosed action");
        assert!(filled("{{.Foo}}", &object).unwrap_err().ends_with("map has no entry for key \"Foo\""));
        assert!(filled("{{range .A}}{{end}}", &object).is_err());
    }

    #[test]
    fn columns_are_three_apart_and_ten_wide() {
        assert_eq!(columns(&["A\tB".to_owned(), "12345678\tx".to_owned()]), "A          B\n12345678   x\n");
        assert_eq!(columns(&["A\tB".to_owned()]), "A         B\n");
    }
}
