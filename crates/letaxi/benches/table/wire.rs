//! Load over the wire, by `wrk`.

use std::path::Path;
use std::process::Command;

use crate::server::Server;

/// Repeated requests.
pub(crate) struct Load<'a> {
    /// `GET`, `POST` or `PUT`.
    pub(crate) method: &'a str,
    /// Paths of a `GET`, bodies of a `POST` to `path`, or path, key and body of a `PUT` with tabs between, in turn.
    pub(crate) requests: &'a [String],
    /// Path of a `POST`.
    pub(crate) path: &'a str,
    /// The API key.
    pub(crate) key: &'a str,
    /// Number of concurrent connections.
    pub(crate) connections: u32,
    /// Duration in seconds.
    pub(crate) seconds: u32,
}

/// Result of a load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    /// Answers per second.
    pub(crate) per_s: f64,
    /// Processor time of the server for each, in microseconds.
    pub(crate) cpu_us: f64,
    /// Median time, in milliseconds.
    pub(crate) p50_ms: f64,
    /// 99th percentile of times, in milliseconds.
    pub(crate) p99_ms: f64,
    /// The longest time, in milliseconds.
    pub(crate) max_ms: f64,
}

const SCRIPT: &str = r#"
local requests, next = {}, 0
function init(args)
   for line in io.lines(args[1]) do
      if args[2] == "GET" then
         requests[#requests + 1] = wrk.format("GET", line, {["X-Api-Key"] = args[4]})
      elseif args[2] == "PUT" then
         local path, key, body = line:match("([^\t]*)\t([^\t]*)\t(.*)")
         local headers = {["X-Api-Key"] = key, ["Content-Type"] = "application/json"}
         requests[#requests + 1] = wrk.format("PUT", path, headers, body)
      else
         local headers = {["X-Api-Key"] = args[4], ["Content-Type"] = "application/json"}
         requests[#requests + 1] = wrk.format("POST", args[3], headers, line)
      end
   end
   next = math.random(#requests)
end
function request()
   next = next % #requests + 1
   return requests[next]
end
function done(summary, latency)
   local failed = summary.errors.status + summary.errors.connect + summary.errors.read
      + summary.errors.write + summary.errors.timeout
   io.write(string.format("RESULT %d %d %f %f %f %d\n", summary.requests, summary.duration,
      latency:percentile(50), latency:percentile(99), latency.max, failed))
end
"#;

/// Loads a server. Every answer must be a success.
pub(crate) fn load(server: &Server, folder: &Path, load: &Load<'_>) -> Rate {
    let (script, requests) = (folder.join("load.lua"), folder.join("requests"));
    std::fs::write(&script, SCRIPT).unwrap();
    std::fs::write(&requests, load.requests.join("\n")).unwrap();
    let before_ms = server.cpu_ms();
    let output = Command::new("wrk")
        .args(["--threads", "1", "--connections", &load.connections.to_string()])
        .args(["--duration", &format!("{}s", load.seconds), "--script"])
        .args([&script, Path::new(&server.base), Path::new("--"), &requests])
        .args([load.method, load.path, load.key])
        .output()
        .expect("wrk is installed: `make bench` sees to it");
    let cpu_ms = server.cpu_ms() - before_ms;
    let text = String::from_utf8(output.stdout).unwrap();
    let result = text.lines().find_map(|line| line.strip_prefix("RESULT "));
    let result = result.unwrap_or_else(|| panic!("wrk said: {text}"));
    let numbers: Vec<f64> = result.split(' ').map(|number| number.parse().unwrap()).collect();
    let [answers, micros, p50_us, p99_us, max_us, failed] = numbers[..] else { panic!("{result}") };
    assert!(failed < 0.5, "{failed} of {answers} were not answered well");
    Rate {
        per_s: answers / micros * 1e6,
        cpu_us: cpu_ms * 1e3 / answers,
        p50_ms: p50_us / 1e3,
        p99_ms: p99_us / 1e3,
        max_ms: max_us / 1e3,
    }
}
