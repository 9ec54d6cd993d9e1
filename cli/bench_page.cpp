// The figures of a benchmark as a page: HTML with SVG in it, and nothing from elsewhere.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <functional>
#include <vector>

#include "addresses.h"
#include "bench.h"
#include "objectstore/version.h"
#include "text.h"
#include "values.h"

namespace objectstore::cli {
namespace {

// Charts are drawn in these units and scale with the page.
constexpr double kWidth = 720;
constexpr double kHeight = 220;
constexpr double kLeft = 56;  // of the plot
constexpr double kRight = 12;
constexpr double kTop = 12;
constexpr double kBottom = 32;
constexpr double kPlotWidth = kWidth - kLeft - kRight;
constexpr double kPlotHeight = kHeight - kTop - kBottom;

constexpr std::string_view kStyle =
    R"(:root{color-scheme:light dark;--ink:#1c2530;--dim:#5b6673;--rule:#d9dfe6;--back:#fff;--card:#f5f7f9;--line:#0b63b5;--bar:#4a90d9;--bad:#c0392b}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaef;--dim:#98a4b3;--rule:#333d49;--back:#12171d;--card:#1b222a;--line:#6cb2ff;--bar:#3d7fc4;--bad:#ff7b6b}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:60rem;padding:1.5rem 1rem 3rem;background:var(--back);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin:0}
h2{font-size:1.05rem;margin:2rem 0 .5rem}
p{margin:.25rem 0;color:var(--dim);overflow-wrap:anywhere}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.75rem;margin:1.25rem 0}
.tiles div{background:var(--card);border-radius:.5rem;padding:.7rem .9rem}
.tiles b{display:block;font-size:1.35rem;font-variant-numeric:tabular-nums}
.tiles span{color:var(--dim);font-size:.85rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .6rem;border-bottom:1px solid var(--rule);text-align:right;white-space:nowrap}
th:first-child,td:first-child,th.text,td.text{text-align:left}
th{color:var(--dim);font-weight:600}
.text{white-space:normal;overflow-wrap:anywhere}
.bad{color:var(--bad)}
svg{display:block;width:100%;height:auto}
svg text{fill:var(--dim);font:11px system-ui,sans-serif}
.rule{stroke:var(--rule);stroke-width:1}
.line{fill:none;stroke:var(--line);stroke-width:1.75;stroke-linejoin:round}
.area{fill:var(--line);opacity:.12}
.bar{fill:var(--bar)}
.mark{stroke:var(--ink);stroke-width:1;stroke-dasharray:3 3}
svg .marked{fill:var(--ink);paint-order:stroke;stroke:var(--back);stroke-width:3px}
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : valid_utf8(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

/// A coordinate.
std::string at(double number) {
  std::array<char, 32> text{};
  (void)std::snprintf(text.data(), text.size(), "%.1f", number);
  return text.data();
}

/// A number on an axis: "0", "250", "12k", "1.5M", "0.05".
std::string label(double number) {
  const double scale = number >= 1e6 ? 1e6 : number >= 1e4 ? 1e3 : 1;
  std::array<char, 32> text{};
  (void)std::snprintf(text.data(), text.size(), "%.4g%s", number / scale, scale == 1e6 ? "M" : scale == 1e3 ? "k" : "");
  return text.data();
}

std::string text_at(double x, double y, std::string_view anchor, std::string_view text, std::string_view style = "") {
  return "<text x=\"" + at(x) + "\" y=\"" + at(y) + "\" text-anchor=\"" + std::string(anchor) + "\"" +
         (style.empty() ? "" : " class=\"" + std::string(style) + "\"") + ">" + escaped(text) + "</text>";
}

std::string straight(double x1, double y1, double x2, double y2, std::string_view style) {
  return "<line x1=\"" + at(x1) + "\" y1=\"" + at(y1) + "\" x2=\"" + at(x2) + "\" y2=\"" + at(y2) + "\" class=\"" + std::string(style) +
         "\"/>";
}

/// A round number at which an axis up to `highest` may end, in steps of a quarter of it.
double round_end(double highest) {
  if (highest <= 0) return 1;
  const double power = std::pow(10, std::floor(std::log10(highest)));
  for (const double factor : {1.0, 1.2, 1.6, 2.0, 2.4, 3.2, 4.0, 6.0, 8.0, 10.0}) {
    if (highest <= factor * power * 1.000001) return factor * power;
  }
  return 10 * power;
}

std::string open_chart(std::string_view what) {
  return "<svg viewBox=\"0 0 " + at(kWidth) + " " + at(kHeight) + R"(" role="img" aria-label=")" + escaped(what) + "\">";
}

/// In place of a chart.
constexpr std::string_view kNothing = "<p>Not one operation succeeded.</p>\n";

/// Rules and labels of an axis from 0 to `end`, upwards.
std::string upward_axis(double end) {
  std::string out;
  for (int step = 0; step <= 4; ++step) {
    const double y = kTop + kPlotHeight * (1 - step / 4.0);
    out += straight(kLeft, y, kWidth - kRight, y, "rule") + text_at(kLeft - 6, y + 4, "end", label(end * step / 4));
  }
  return out;
}

/// A value a second for each interval, as steps of a line with the area below it.
std::string chart_over_time(const TimeSeries& series, double seconds, std::string_view what,
                            const std::function<double(const TimeSeries::Point&)>& value) {
  const double interval = std::chrono::duration<double>(series.interval()).count();
  struct Step {
    double from;
    double to;
    double amount;
    [[nodiscard]] double rate() const { return to > from ? amount / (to - from) : 0; }
  };
  std::vector<Step> steps;
  for (const TimeSeries::Point& point : series.points()) {
    const double from = interval * static_cast<double>(steps.size());
    steps.push_back({from, from + interval, value(point)});
  }
  // The last interval is a part of one; a short one says too little alone.
  if (!steps.empty()) steps.back().to = std::clamp(seconds, steps.back().from, steps.back().to);
  if (steps.size() > 1 && steps.back().to - steps.back().from < interval / 2) {
    steps[steps.size() - 2].to = steps.back().to;
    steps[steps.size() - 2].amount += steps.back().amount;
    steps.pop_back();
  }
  double highest = 0;
  for (const Step& step : steps) highest = std::max(highest, step.rate());
  if (highest <= 0) return std::string(kNothing);
  const double end = round_end(highest);
  const double whole = steps.back().to;
  std::string path;
  for (const Step& step : steps) {
    const std::string height = " " + at(kTop + kPlotHeight * (1 - step.rate() / end));
    path += path.empty() ? "M" : "L";
    path += at(kLeft + kPlotWidth * step.from / whole) + height + "L";
    path += at(kLeft + kPlotWidth * step.to / whole) + height;
  }
  std::string out = open_chart(what) + upward_axis(end);
  out += R"(<path class="area" d=")" + path + "L" + at(kLeft + kPlotWidth) + " " + at(kTop + kPlotHeight) + "L" + at(kLeft) + " " +
         at(kTop + kPlotHeight) + R"(Z"/><path class="line" d=")" + path + "\"/>";
  for (int quarter = 0; quarter <= 4; ++quarter) {
    const std::string_view anchor = quarter == 0 ? "start" : quarter == 4 ? "end" : "middle";
    out += text_at(kLeft + kPlotWidth * quarter / 4, kHeight - 12, anchor, three_digits(whole * quarter / 4) + " s");
  }
  return out + "</svg>\n";
}

/// The powers of ten, in nanoseconds, between which all times lie.
struct Decades {
  double first;
  double last;
};

Decades decades_of(const Histogram& histogram) {
  const double low = std::max<double>(static_cast<double>(histogram.min()), 1);
  const double high = std::max<double>(static_cast<double>(histogram.max()), low);
  const double first = std::floor(std::log10(low));
  return {std::pow(10, first), std::pow(10, std::max(std::floor(std::log10(high)) + 1, first + 1))};
}

/// How many operations took how long; the axis of the times is logarithmic.
std::string chart_of_times(const Histogram& histogram, std::string_view what) {
  if (histogram.count() == 0) return std::string(kNothing);
  const Decades decades = decades_of(histogram);
  const double first = decades.first;
  const double width = std::log10(decades.last / first);
  const auto count = static_cast<int>(std::lround(width));
  const auto parts = static_cast<std::size_t>(count) * 24;
  const std::vector<std::uint64_t> counts = histogram.log_spaced(first, decades.last, parts);
  const auto all = static_cast<double>(histogram.count());
  const double end = round_end(100 * static_cast<double>(*std::max_element(counts.begin(), counts.end())) / all);
  const double step = kPlotWidth / static_cast<double>(parts);
  std::string out = open_chart(what) + upward_axis(end);
  for (std::size_t i = 0; i < parts; ++i) {
    if (counts[i] == 0) continue;
    const double height = std::max(kPlotHeight * 100 * static_cast<double>(counts[i]) / all / end, 1.0);  // one in a million is to be seen
    out += R"(<rect class="bar" x=")" + at(kLeft + step * static_cast<double>(i) + 0.5) + "\" y=\"" + at(kTop + kPlotHeight - height) +
           "\" width=\"" + at(std::max(step - 1, 0.5)) + "\" height=\"" + at(height) + "\"/>";
  }
  const auto place = [&](double nanoseconds) { return kLeft + kPlotWidth * std::log10(std::max(nanoseconds, first) / first) / width; };
  for (int decade = 0; decade <= count; ++decade) {
    const double nanoseconds = first * std::pow(10, decade);
    const std::string_view anchor = decade == count ? "end" : decade == 0 ? "start" : "middle";
    out += text_at(place(nanoseconds), kHeight - 12, anchor, label(to_ms(nanoseconds)) + " ms");
  }
  std::string labels;   // over all lines
  double free = kLeft;  // labels must not lie over each other
  int row = 0;
  for (const auto& [name, fraction] : {std::pair("p50", 0.5), std::pair("p90", 0.9), std::pair("p99", 0.99), std::pair("p99.9", 0.999)}) {
    const double x = place(static_cast<double>(histogram.quantile(fraction)));
    row = x < free ? row + 1 : 0;
    free = x + 40;
    const bool fits = x < kWidth - kRight - 40;
    out += straight(x, kTop, x, kTop + kPlotHeight, "mark");
    labels += text_at(fits ? x + 3 : x - 3, kTop + 10 + 13 * row, fits ? "start" : "end", name, "marked");
  }
  return out + labels + "</svg>\n";
}

std::string tile(std::string_view figure, std::string_view what) {
  return "<div><b>" + escaped(figure) + "</b><span>" + escaped(what) + "</span></div>\n";
}

std::string cell(std::string_view text) {
  return "<td>" + escaped(text) + "</td>";
}

std::string times_cells(const Histogram& times) {
  if (times.count() == 0) return std::string("<td>-</td><td>-</td><td>-</td><td>-</td><td>-</td>");
  return cell(milliseconds(times.quantile(0.5))) + cell(milliseconds(times.quantile(0.9))) + cell(milliseconds(times.quantile(0.99))) +
         cell(milliseconds(times.quantile(0.999))) + cell(milliseconds(times.max()));
}

std::string figures_row(std::string_view name, const BenchResult& result, const BenchFigures& figures) {
  return "<tr><td>" + escaped(name) + "</td>" + cell(std::to_string(figures.latency.count())) +
         cell(three_digits(result.per_second(static_cast<double>(figures.latency.count())))) +
         cell(three_digits(result.per_second(static_cast<double>(figures.bytes)) / 1e6)) + times_cells(figures.latency) + "<td" +
         (figures.failures > 0 ? " class=\"bad\"" : "") + ">" + std::to_string(figures.failures) + "</td></tr>\n";
}

std::string table(const BenchResult& result) {
  std::string out =
      "<div class=\"wide\"><table><thead><tr><th></th><th>operations</th><th>per s</th><th>MB/s</th><th>p50 ms</th><th>p90 ms</th>"
      "<th>p99 ms</th><th>p99.9 ms</th><th>max ms</th><th>failed</th></tr></thead><tbody>\n";
  for (const auto& [name, figures] : bench_rows(result)) out += figures_row(name, result, *figures);
  if (result.all.first_byte.count() > 0) {
    out += "<tr><td>get: first byte</td><td></td><td></td><td></td>" + times_cells(result.all.first_byte) + "<td></td></tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string failures_table(const BenchResult& result) {
  if (result.failures.empty()) return {};
  std::string out =
      "<h2>Failures</h2>\n<div class=\"wide\"><table><thead><tr><th>kind</th><th>count</th><th class=\"text\">the first "
      "one</th></tr></thead><tbody>\n";
  for (const auto& [kind, failures] : result.failures) {
    out += "<tr><td class=\"bad\">" + escaped(to_string(kind)) + "</td>" + cell(std::to_string(failures.count)) + "<td class=\"text\">" +
           escaped(failures.first.message) + "</td></tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

}  // namespace

std::string bench_page(const BenchOptions& options, const BenchResult& result, std::string_view endpoint) {
  const std::string title = "objstore bench " + options.name;
  std::string page =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\">\n<title>" +
      escaped(title) + "</title>\n<style>" + std::string(kStyle) + "</style></head>\n<body>\n<h1>" + escaped(title) + "</h1>\n";
  page += "<p>" + escaped(endpoint) + "</p>\n<p>" + escaped(to_uri(options.bucket, options.prefix)) + "</p>\n<p>" +
          std::to_string(options.concurrency) + " at a time (" + engine_of(options) + ")" +
          (options.name == "list" ? "" : ", sizes " + escaped(options.sizes.text())) +
          (options.objects > 0 ? ", " + std::to_string(options.objects) + " objects to be read" : "") + ", seed " +
          std::to_string(options.seed) + ", " + escaped(plain_time(std::chrono::system_clock::now())) +
          " UTC, objstore " OBJECTSTORE_VERSION "</p>\n";
  page += "<div class=\"tiles\">\n" +
          tile(three_digits(result.per_second(static_cast<double>(result.all.latency.count()))), "operations a second");
  if (result.all.bytes > 0) page += tile(three_digits(result.per_second(static_cast<double>(result.all.bytes)) / 1e6), "MB a second");
  if (result.all.entries > 0)
    page += tile(three_digits(result.per_second(static_cast<double>(result.all.entries))), "keys listed a second");
  if (result.all.latency.count() > 0) {
    page += tile(milliseconds(result.all.latency.quantile(0.5)) + " ms", "median latency");
    page += tile(milliseconds(result.all.latency.quantile(0.99)) + " ms", "99th percentile");
  }
  page += tile(three_digits(result.cpu_per_operation() * 1e3) + " ms", "CPU an operation");
  if (result.peak_memory > 0) page += tile(human_size(result.peak_memory), "peak memory");
  page += tile(three_digits(result.seconds) + " s", "measured");
  if (result.all.failures > 0) page += tile(std::to_string(result.all.failures), "failed");
  page += "</div>\n" + table(result) + failures_table(result);
  page += "<h2>Operations a second, over time</h2>\n" +
          chart_over_time(result.series, result.seconds, "operations a second, over time",
                          [](const TimeSeries::Point& point) { return static_cast<double>(point.operations); });
  if (result.all.bytes > 0) {
    page += "<h2>MB a second, over time</h2>\n" +
            chart_over_time(result.series, result.seconds, "megabytes a second, over time",
                            [](const TimeSeries::Point& point) { return static_cast<double>(point.bytes) / 1e6; });
  }
  if (result.all.failures > 0) {
    page += "<h2>Failures a second, over time</h2>\n" +
            chart_over_time(result.series, result.seconds, "failures a second, over time",
                            [](const TimeSeries::Point& point) { return static_cast<double>(point.failures); });
  }
  for (std::size_t verb = 0; verb < kBenchVerbs.size(); ++verb) {
    if (!result.verbs[verb]) continue;
    const std::string name(kBenchVerbs[verb]);
    page += "<h2>Latency of " + name + ", % of all</h2>\n" + chart_of_times(result.verbs[verb]->latency, "latency of " + name);
  }
  if (result.all.first_byte.count() > 0)
    page += "<h2>Time to the first byte, % of all</h2>\n" + chart_of_times(result.all.first_byte, "time to the first byte");
  return page + "</body></html>\n";
}

}  // namespace objectstore::cli
