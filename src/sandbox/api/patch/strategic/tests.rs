//! Against what a v1.20.2 made of the same patches.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::sandbox::api::defaults;

#[test]
fn patches_make_what_a_real_server_makes() {
    let given: Value = serde_json::from_str(include_str!("tests.json")).unwrap();
    let deployments = Resource::named("deployments.apps").unwrap();
    let mut wrong = Vec::new();
    for step in given["patches"].as_array().unwrap() {
        let (patch, made) = (&step["patch"], &step["made"]);
        match strategic(deployments, &given["live"], patch) {
            Ok(mut object) => {
                defaults::default(deployments, &mut object);
                let meta = &object["metadata"];
                let same = object["spec"] == made["spec"]
                    && meta["labels"] == made["labels"]
                    && meta["finalizers"] == made["finalizers"]
                    && meta["annotations"] == made["annotations"];
                // What is refused later, by the checks of the object.
                if !same && step["code"] != 422 {
                    wrong.push(format!("{patch}\n{}\n{}\n{meta}\n{made}", object["spec"], made["spec"]));
                }
            }
            Err(refusal) => {
                if step["code"] != refusal.code || step["message"] != refusal.message {
                    wrong.push(format!("{patch}\n{refusal:?}\n{step}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n\n"));
}
