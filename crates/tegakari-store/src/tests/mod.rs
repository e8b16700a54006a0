//! The store as its users see it: what goes in comes out, and no accident loses anything.

mod accidents;
mod documents;
mod look_ups;
mod opening;
mod over_time;
mod sample;
mod speed;
mod taxii;
