//! One-way IPTV headend: a feed in, MPEG-TS multicast and HLS out.

fn main() -> std::process::ExitCode {
    headend::cli::main()
}
