//! Curves of the speed by load, as drawings.

use std::path::PathBuf;

use plotters::prelude::*;
use serde_json::Value;

use super::{number, searches};
use crate::fleet::{BATCH, Fleet};
use crate::report::{Report, median};
use crate::server::Server;
use crate::wire::{self, Load};

/// A drawing: title, axes and points.
struct Curve {
    title: &'static str,
    across: &'static str,
    up: &'static str,
    points: Vec<(f64, f64)>,
}

/// Measures the curves and draws them beside each other into the documentation.
pub(crate) async fn drawn(report: &mut Report) {
    let mut fleet = Fleet::new("sqlite", 10_000).await;
    let server = fleet.serve().await;
    let curves = [
        Curve {
            title: "A search, by the size of the fleet",
            across: "live taxis, as dense",
            up: "µs in the process",
            points: searches::micros_by_size().await,
        },
        Curve {
            title: "Searches, by connections",
            across: "connections",
            up: "searches a second",
            points: by_connections(&mut fleet, &server).await,
        },
        Curve {
            title: "Positions, by size of the batch",
            across: "positions a batch",
            up: "positions a second",
            points: by_batch(&mut fleet, &server),
        },
    ];
    for curve in &curves {
        let points = curve.points.iter().map(|(x, y)| format!("{x:.0}: {y:.1}"));
        let points = points.collect::<Vec<_>>().join(", ");
        report.remark(format!("{} ({}): {points}", curve.title, curve.up));
    }
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/performance.svg");
    draw(&file, &curves);
}

async fn by_connections(fleet: &mut Fleet, server: &Server) -> Vec<(f64, f64)> {
    let mut points = Vec::new();
    for connections in [1, 2, 4, 8, 16, 32, 64, 128, 256] {
        fleet.report(server).await;
        let load = Load {
            method: "GET",
            requests: &fleet.searches,
            path: "",
            key: "key of app0",
            connections,
            seconds: number("SECONDS", 4).min(4),
        };
        let rate = wire::load(server, fleet.folder.path(), &load);
        points.push((f64::from(connections), rate.per_s));
    }
    points
}

fn by_batch(fleet: &mut Fleet, server: &Server) -> Vec<(f64, f64)> {
    let own = fleet.batches().into_iter().filter(|(operator, _)| *operator == 0);
    let whole: Vec<Value> = own.map(|(_, body)| serde_json::from_str(&body).unwrap()).collect();
    let mut points = Vec::new();
    for size in [1, 2, 5, 10, 20, BATCH] {
        let bodies = whole.iter().map(|document| {
            let mut document = document.clone();
            document["data"][0]["positions"].as_array_mut().unwrap().truncate(size);
            document.to_string()
        });
        let load = Load {
            method: "POST",
            requests: &bodies.collect::<Vec<_>>(),
            path: "/geotaxi/",
            key: "key of op0",
            connections: 64,
            seconds: number("SECONDS", 4).min(4),
        };
        let rates = (0..3).map(|_| wire::load(server, fleet.folder.path(), &load).per_s);
        points.push((size as f64, median(rates.collect()) * size as f64));
    }
    points
}

fn draw(file: &std::path::Path, curves: &[Curve]) {
    const EACH: (u32, u32) = (360, 300);
    let width = EACH.0 * u32::try_from(curves.len()).unwrap();
    let root = SVGBackend::new(file, (width, EACH.1)).into_drawing_area();
    root.fill(&WHITE).unwrap();
    for (area, curve) in root.split_evenly((1, curves.len())).iter().zip(curves) {
        let most = curve.points.iter().fold(0.0_f64, |most, (_, y)| most.max(*y)) * 1.15;
        let (first, last) = (curve.points[0].0, curve.points[curve.points.len() - 1].0);
        let mut chart = ChartBuilder::on(area)
            .caption(curve.title, ("sans-serif", 15))
            .margin(12)
            .x_label_area_size(36)
            .y_label_area_size(62)
            .build_cartesian_2d((first..last).log_scale(), 0.0..most)
            .unwrap();
        let mut mesh = chart.configure_mesh();
        mesh.x_desc(curve.across).y_desc(curve.up).x_labels(4).y_labels(5).light_line_style(WHITE);
        mesh.x_label_formatter(&|x| format!("{x:.0}")).y_label_formatter(&|y| format!("{y:.0}"));
        mesh.draw().unwrap();
        let points = curve.points.iter().copied();
        chart.draw_series(LineSeries::new(points, BLUE.stroke_width(2)).point_size(3)).unwrap();
    }
    root.present().unwrap();
}
