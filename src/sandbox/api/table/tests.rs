//! Against tables that a v1.20.2 gave, with the objects in them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

#[test]
fn cells_are_those_of_a_real_server() {
    let given: Vec<Value> = serde_json::from_str(include_str!("tests.json")).unwrap();
    let mut wrong = Vec::new();
    for table in &given {
        let now: Timestamp = table["now"].as_str().unwrap().parse().unwrap();
        let plural = table["plural"].as_str().unwrap();
        for given in table["rows"].as_array().unwrap() {
            let made = row(given["object"]["kind"].as_str().unwrap(), &given["object"], now);
            if made["cells"] != given["cells"] || made["conditions"] != given["conditions"] {
                wrong.push(format!("{plural}\n{made}\n{}", given["cells"]));
            }
        }
        assert!(
            COLUMNS[plural]
                .as_array()
                .unwrap()
                .iter()
                .all(|column| !column["description"].as_str().unwrap().starts_with('$'))
        );
    }
    assert!(wrong.is_empty(), "{} of them\n{}", wrong.len(), wrong.join("\n"));
}
