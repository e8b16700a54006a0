//! Large results: what is shown is capped and says so, and time grows with the input, not its square.

use std::sync::Arc;

use tegakari_model::*;
use tegakari_render::{TextStyle, html, text};

use crate::fixture::fixture;
use crate::strict;

/// 200 000 negatives of two kinds and 2 000 machines.
#[test]
fn a_large_hunt_is_told_on_a_page_of_bounded_size() {
    let mut f = fixture();
    let names: Vec<String> = (0..2_000).map(|i| format!("host-{i:04}")).collect();
    f.hunt.coverage.assets = names
        .iter()
        .map(|name| Asset {
            name: name.clone(),
            addresses: Vec::new(),
            other_names: Vec::new(),
            origin: AssetOrigin::Both,
            sensor: false,
            facts: Vec::new(),
        })
        .collect();
    let visibility = Arc::new(Visibility {
        visible: 9,
        total: 10,
        assets_whole: names.clone(),
        assets_part: Vec::new(),
        assets_none: Vec::new(),
        sources: vec!["proxy".to_owned()],
    });
    let gaps: Arc<[Gap]> = Arc::from([Gap {
        needs: vec![Telemetry::Flow],
        assets: names.clone(),
        asset_hours: 1,
    }]);
    let seen = f.hunt.findings.clone();
    f.hunt.findings = (0..200_000u32)
        .map(|i| {
            let value = std::net::Ipv4Addr::from(0xC633_6400u32.wrapping_add(i)).to_string();
            let observable = Observable::new(ObservableKind::Ipv4, &value).unwrap();
            IndicatorFinding {
                indicator: Indicator::new(observable),
                finding: Finding::negative(Arc::clone(&visibility), Arc::clone(&gaps)),
            }
        })
        .collect();
    f.hunt.findings.splice(0..0, seen);
    let page = html::report(&f.story(), Language::En);
    strict::read(&page).unwrap();
    assert!(page.len() < 1_500_000, "{} bytes", page.len());
    assert!(
        page.contains("199500 more rows"),
        "says how many more there are"
    );
    assert!(page.contains("60 of 2000 machines"));
    let text = text::summary(&f.story(), Language::En, &TextStyle::default());
    assert!(text.lines().count() < 100);
    assert!(text.contains("1990 more"));
}
