//! One-way IPTV headend: a feed in, MPEG-TS multicast and HLS out.

use headend::plan::*;
fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let plan = Plan {
        name: "demo".into(),
        state_dir: "/tmp/headend-state".into(),
        listen: vec!["127.0.0.1:8080".parse()?],
        channels: vec![ChannelPlan {
            id: "demo".into(),
            name: "Kênh thử".into(),
            program: None,
            autostart: true,
            transcode: false,
            inputs: vec![InputPlan {
                url: "test:".into(),
                source: SourcePlan::Worker(WorkerPlan::TestPicture {
                    name: "Kênh thử".into(),
                    width: 1280,
                    height: 720,
                    rate: 25,
                    bitrate: packager::time::Bitrate::from_bits_per_second(3_000_000).unwrap(),
                }),
            }],
            outputs: vec![OutputPlan {
                url: "udp://239.84.0.1:5000".into(),
                rtp: false,
                address: "239.84.0.1:5000".parse()?,
                interface: Some("lo".into()),
                ttl: 1,
                dscp: 34,
                loopback: true,
                bitrate: packager::time::Bitrate::from_bits_per_second(6_000_000),
                overflow: Default::default(),
            }],
            hls: Some(HlsPlan {
                segment: std::time::Duration::from_secs(2),
                part: std::time::Duration::from_millis(400),
                window: std::time::Duration::from_secs(30),
            }),
        }],
    };
    let same = plan.clone();
    headend::node::run(plan, Box::new(move |_, _| Ok(same.clone())), |a| {
        println!("{a:?}")
    })
}
