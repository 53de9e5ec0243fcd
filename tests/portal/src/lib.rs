//! Simulated portals of Vietnamese wards: real HTTP servers on loopback, one port a portal.
//!
//! Three families look as their models do ([`Family`]); the articles in `articles/*.toml` are
//! invented, wards and officials too. The demo and the tests crawl them; [`generate`] makes any
//! number of plausible articles more.

mod ask;
mod danang;
mod egov;
mod family;
mod fault;
mod fds;
mod generator;
mod hatinh;
mod html;
mod liferay;
mod php;
mod server;
mod tinchitiet;
mod ward;
mod wordpress;

pub use ask::{Logged, Reply};
pub use family::{Family, demo};
pub use fault::{Behaviour, Fault};
pub use generator::generate;
pub use server::Portal;
pub use ward::{Article, Attachment, Form, Ward, wards};
