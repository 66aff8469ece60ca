fn main() {
    println!("{}", std::env::var("COMMIT").unwrap());
}
