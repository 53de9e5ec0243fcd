//! Serves the simulated portals until it is stopped: `portals [FIRST_PORT] [GENERATED_ARTICLES]`.
//!
//! The four invented wards listen on consecutive ports, by default from 9001; with a second
//! number, a fifth portal of that many generated articles follows.

use std::error::Error;
use std::io::Write;
use std::net::TcpListener;

use portal::{Family, Portal, Ward, demo, generate};

/// The seed of the generated ward: any number would do, but always the same.
const SEED: u64 = 20_250_701;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let first: u16 = arguments.next().map_or(Ok(9001), |port| port.parse())?;
    let generated: usize = arguments.next().map_or(Ok(0), |count| count.parse())?;
    let mut wards: Vec<(Family, Ward)> = demo();
    if generated > 0 {
        let (id, name, unit) = ("sinh-mau".into(), "Phường Sinh Mẫu".into(), String::new());
        let articles = generate(SEED, generated);
        wards.push((Family::Liferay, Ward { id, name, unit, articles }));
    }
    let mut portals = Vec::new();
    for (port, (family, ward)) in (first..).zip(wards) {
        let name = ward.name.clone();
        let portal = Portal::start(TcpListener::bind(("127.0.0.1", port))?, family, ward)?;
        writeln!(std::io::stdout(), "{name}: {}", portal.start_url())?;
        portals.push(portal);
    }
    loop {
        std::thread::park();
    }
}
