//! That reports have the form that their readers rely on.

use quick_junit::{NonSuccessKind, Report, TestCaseStatus, TestSuite};
use serde_json::Value;

/// A JSON report, after it was found to be as docs/report.schema.json says.
pub fn json(text: &str) -> Value {
    let schema = include_str!("../../docs/report.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let report: Value = serde_json::from_str(text).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{text}");
    report
}

/// A JUnit report, after it was found to keep the rules of the schema that Jenkins publishes: counts are sums, each case
/// has a name, a class and a time, and what failed says why.
pub fn junit(text: &str) -> Report {
    let odd = text.chars().find(|char| char.is_control() && !matches!(char, '\n' | '\t' | '\r'));
    assert_eq!(odd, None, "{text}");
    let report = Report::deserialize_from_str(text).unwrap();
    let of = |count: fn(&TestSuite) -> usize| report.test_suites.iter().map(count).sum::<usize>();
    assert_eq!(report.tests, of(|suite| suite.tests));
    assert_eq!(report.failures, of(|suite| suite.failures));
    assert_eq!(report.errors, of(|suite| suite.errors));
    assert!(report.time.is_some() && report.timestamp.is_some());
    for suite in &report.test_suites {
        let counted =
            |is: &dyn Fn(&TestCaseStatus) -> bool| suite.test_cases.iter().filter(|case| is(&case.status)).count();
        assert_eq!(suite.tests, suite.test_cases.len());
        assert_eq!(suite.failures, counted(&|status| is(status, NonSuccessKind::Failure)));
        assert_eq!(suite.errors, counted(&|status| is(status, NonSuccessKind::Error)));
        assert_eq!(suite.skipped, counted(&|status| matches!(status, TestCaseStatus::Skipped { .. })));
        for case in &suite.test_cases {
            assert!(!case.name.is_empty() && case.classname.is_some() && case.time.is_some(), "{case:?}");
            if let TestCaseStatus::NonSuccess { message, ty, description, .. } = &case.status {
                assert!(message.is_some() && ty.is_some() && description.is_some(), "{case:?}");
            }
        }
    }
    report
}

/// Whether a case failed in this way.
pub fn is(status: &TestCaseStatus, wanted: NonSuccessKind) -> bool {
    matches!(status, TestCaseStatus::NonSuccess { kind, .. } if *kind == wanted)
}
