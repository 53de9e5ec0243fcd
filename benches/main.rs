//! Measures the search against plain Tantivy in the same run. `cargo bench` prints the tables.

mod analysis;
mod corpus;

fn main() {
    let news = corpus::news();
    println!("{:?}", analysis::measure(&news));
}
