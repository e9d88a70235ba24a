//! The table of events at the end of most descriptions.

use serde_json::Value;

use super::super::sort;
use super::json::{int, text, text_or, timestamp};
use super::page::Page;

/// Writes the events, those that were seen last at the end.
pub(super) fn write(page: &mut Page, events: &[Value]) {
    if events.is_empty() {
        page.line(0, "Events:\t<none>");
        return;
    }
    let mut events: Vec<&Value> = events.iter().collect();
    sort::sort(&mut events, |a, b| timestamp(&a["lastTimestamp"]) < timestamp(&b["lastTimestamp"]));
    page.line(0, "Events:");
    page.head(1, &["Type", "Reason", "Age", "From", "Message"], &["----", "------", "----", "----", "-------"]);
    for event in events {
        let seen = if int(&event["count"]) > 1 {
            let (last, first) = (page.age(&event["lastTimestamp"]), page.age(&event["firstTimestamp"]));
            format!("{last} (x{} over {first})", int(&event["count"]))
        } else if timestamp(&event["firstTimestamp"]).is_some() {
            page.age(&event["firstTimestamp"])
        } else {
            page.age(&event["eventTime"])
        };
        let (kind, reason) = (text(&event["type"]), text(&event["reason"]));
        let from = text_or(&event["source"]["component"], text(&event["reportingComponent"]));
        let message = text(&event["message"]).trim();
        page.line(1, format!("{kind}\t{reason}\t{seen}\t{from}\t{message}"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tells_how_often_and_since_when() {
        let event = |last: &str, count: i64| {
            json!({"type": "Normal", "reason": "R", "message": " m \n", "count": count, "lastTimestamp": last,
                "firstTimestamp": "2026-11-24T15:22:48Z", "source": {"component": "kubelet"}})
        };
        let modern = json!({"type": "Normal", "reason": "Scheduled", "message": "to a node", "firstTimestamp": null,
            "lastTimestamp": null, "eventTime": "2026-11-24T15:23:08.123456Z", "reportingComponent": "default-scheduler"});
        let mut page = Page::new("2026-11-24T15:25:46.9Z".parse().unwrap());
        write(&mut page, &[event("2026-11-24T15:25:40Z", 2), event("2026-11-24T15:22:48Z", 1), modern]);
        let expected = "\
Events:
  Type    Reason     Age                 From               Message
  ----    ------     ----                ----               -------
  Normal  Scheduled  2m38s               default-scheduler  to a node
  Normal  R          2m58s               kubelet            m
  Normal  R          6s (x2 over 2m58s)  kubelet            m
";
        assert_eq!(page.finish(), expected);
        let mut page = Page::new("2026-11-24T15:25:46Z".parse().unwrap());
        write(&mut page, &[]);
        assert_eq!(page.finish(), "Events:  <none>\n");
    }
}
