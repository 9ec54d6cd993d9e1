// The figures of a benchmark as text and as JSON.
#include <array>
#include <cmath>
#include <cstdio>

#include "addresses.h"
#include "bench.h"
#include "json_line.h"
#include "text.h"
#include "values.h"

namespace objectstore::cli {
namespace {

struct Quantile {
  std::string_view name;
  double fraction;
};
constexpr std::array kQuantiles = {Quantile{"p50", 0.5}, Quantile{"p90", 0.9}, Quantile{"p99", 0.99}, Quantile{"p999", 0.999}};

std::string row(std::string_view name, const std::array<std::string, 9>& cells) {
  std::array<char, 160> line{};
  (void)std::snprintf(line.data(), line.size(), "%-10.*s %11s %9s %9s %9s %9s %9s %9s %9s %9s\n", static_cast<int>(name.size()),
                      name.data(), cells[0].c_str(), cells[1].c_str(), cells[2].c_str(), cells[3].c_str(), cells[4].c_str(),
                      cells[5].c_str(), cells[6].c_str(), cells[7].c_str(), cells[8].c_str());
  return line.data();
}

std::array<std::string, 5> latencies(const Histogram& histogram) {
  if (histogram.count() == 0) return {"-", "-", "-", "-", "-"};
  std::array<std::string, 5> cells;
  for (std::size_t i = 0; i < kQuantiles.size(); ++i) cells[i] = milliseconds(histogram.quantile(kQuantiles[i].fraction));
  cells[4] = milliseconds(histogram.max());
  return cells;
}

std::string figures_row(std::string_view name, const BenchResult& result, const BenchFigures& figures) {
  const std::array<std::string, 5> times = latencies(figures.latency);
  return row(name, {std::to_string(figures.latency.count()), three_digits(result.per_second(static_cast<double>(figures.latency.count()))),
                    three_digits(result.per_second(static_cast<double>(figures.bytes)) / 1e6), times[0], times[1], times[2], times[3],
                    times[4], std::to_string(figures.failures)});
}

void times_to_json(JsonLine& json, std::string_view name, const Histogram& histogram) {
  if (histogram.count() == 0) return;
  json.open(name);
  json.member("min", to_ms(static_cast<double>(histogram.min())));
  json.member("mean", to_ms(histogram.mean()));
  for (const Quantile& quantile : kQuantiles) json.member(quantile.name, to_ms(static_cast<double>(histogram.quantile(quantile.fraction))));
  json.member("max", to_ms(static_cast<double>(histogram.max()))).close();
}

void figures_to_json(JsonLine& json, const BenchResult& result, const BenchFigures& figures) {
  json.member("operations", figures.latency.count());
  json.member("operationsPerSecond", result.per_second(static_cast<double>(figures.latency.count())));
  json.member("bytes", figures.bytes).member("megabytesPerSecond", result.per_second(static_cast<double>(figures.bytes)) / 1e6);
  if (figures.entries > 0) json.member("entries", figures.entries);
  json.member("failed", figures.failures);
  times_to_json(json, "latencyMs", figures.latency);
  times_to_json(json, "firstByteMs", figures.first_byte);
}

}  // namespace

std::string engine_of(const BenchOptions& options) {
  return options.asynchronous ? "async" : "threads";
}

std::vector<std::pair<std::string_view, const BenchFigures*>> bench_rows(const BenchResult& result) {
  std::vector<std::pair<std::string_view, const BenchFigures*>> rows;
  for (std::size_t verb = 0; verb < kBenchVerbs.size(); ++verb) {
    if (result.verbs[verb]) rows.emplace_back(kBenchVerbs[verb], &*result.verbs[verb]);
  }
  if (rows.size() != 1) rows.emplace_back("all", &result.all);
  return rows;
}

std::string three_digits(double number) {
  std::array<char, 32> text{};
  const int decimals = number >= 99.95 || number == 0 ? 0 : number >= 9.995 ? 1 : number >= 0.9995 ? 2 : 3;
  (void)std::snprintf(text.data(), text.size(), "%.*f", decimals, number);
  return text.data();
}

std::string milliseconds(std::uint64_t nanoseconds) {
  return three_digits(to_ms(static_cast<double>(nanoseconds)));
}

std::string bench_text(const BenchOptions& options, const BenchResult& result) {
  std::string text = options.name + " at " + shown(to_uri(options.bucket, options.prefix)) + ": " + three_digits(result.seconds) + " s, " +
                     std::to_string(options.concurrency) + " at a time (" + engine_of(options) + ")" +
                     (options.name == "list" ? "" : ", sizes " + options.sizes.text()) + "\n";
  text += row("", {"operations", "per s", "MB/s", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "max ms", "failed"});
  for (const auto& [name, figures] : bench_rows(result)) text += figures_row(name, result, *figures);
  if (result.all.first_byte.count() > 0) {
    const std::array<std::string, 5> times = latencies(result.all.first_byte);
    text += row("first byte", {"", "", "", times[0], times[1], times[2], times[3], times[4], ""});
  }
  for (const auto& [kind, failures] : result.failures) text += std::string(to_string(kind)) + ": " + std::to_string(failures.count) + "\n";
  if (result.all.entries > 0) text += three_digits(result.per_second(static_cast<double>(result.all.entries))) + " keys listed a second\n";
  text += "CPU " + three_digits(result.cpu_per_operation() * 1e3) + " ms an operation";
  if (result.peak_memory > 0) text += ", peak memory " + human_size(result.peak_memory);
  return text;
}

std::string bench_json(const BenchOptions& options, const BenchResult& result, std::string_view endpoint) {
  JsonLine json;
  json.member("bench", options.name).member("endpoint", endpoint).member("bucket", options.bucket).member("prefix", options.prefix);
  json.member("engine", engine_of(options)).member("concurrency", std::uint64_t{options.concurrency}).member("seed", options.seed);
  if (options.name != "list") json.member("sizes", options.sizes.text());
  if (options.objects > 0) json.member("objects", options.objects);
  json.member("warmupSeconds", std::chrono::duration<double>(options.warmup).count()).member("seconds", result.seconds);
  figures_to_json(json, result, result.all);
  json.member("cpuMicrosecondsPerOperation", result.cpu_per_operation() * 1e6);
  if (result.peak_memory > 0) json.member("peakMemoryBytes", result.peak_memory);
  json.open("errors");
  for (const auto& [kind, failures] : result.failures) json.member(to_string(kind), failures.count);
  json.close().open("verbs");
  for (std::size_t verb = 0; verb < kBenchVerbs.size(); ++verb) {
    if (!result.verbs[verb]) continue;
    json.open(kBenchVerbs[verb]);
    figures_to_json(json, result, *result.verbs[verb]);
    json.close();
  }
  return json.close().text();
}

}  // namespace objectstore::cli
