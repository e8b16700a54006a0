#![no_main]
//! One log file of whatever packing and format, hunted in: captures, databases, archives, mail, event files.

use std::ops::ControlFlow;
use std::sync::OnceLock;

use tegakari_hunt::{Input, Plan, hunt_input};
use tegakari_model::{Indicator, Observable, ObservableKind as K, TimeRange};

fn plan() -> &'static Plan {
    static PLAN: OnceLock<Plan> = OnceLock::new();
    PLAN.get_or_init(|| {
        let values = [
            (K::Domain, "evil.example"),
            (K::Ipv4, "203.0.113.7"),
            (K::Url, "http://evil.example/a"),
            (K::Md5, "8b9a0b44b738c7884e6a14f4cb18afff"),
            (K::FilePath, "C:\\ProgramData\\evil\\a.exe"),
        ];
        let indicators = values
            .into_iter()
            .filter_map(|(kind, value)| Observable::new(kind, value).ok())
            .map(Indicator::new)
            .collect();
        Plan::new(indicators, TimeRange::default()).0
    })
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = hunt_input(Input::new("fuzz", bytes), plan(), &|_| ControlFlow::Continue(()));
});
