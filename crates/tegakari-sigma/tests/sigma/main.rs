//! The engine from outside: rules as files, records as readers give them.

mod regression;
mod shared;
mod windows_record;
