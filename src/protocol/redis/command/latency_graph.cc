#include "protocol/redis/command/latency_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace octavo::redis {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kRows = 4;
constexpr std::string_view kTops = "_o#";  // of a column, by how far it reaches into its row
constexpr std::int64_t kHighest = kRows * kTops.size() - 1;

std::string time_ago(std::int64_t seconds) {
  constexpr std::pair<std::int64_t, char> kUnits[] = {{86'400, 'd'}, {3'600, 'h'}, {60, 'm'}};
  for (const auto& [length, unit] : kUnits) {
    if (seconds > length) return fmt::format("{}{}", seconds / length, unit);
  }
  return fmt::format("{}s", seconds);
}

// Each line without the blanks at its end.
void add_line(std::string& out, std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
}

void add_columns(std::string& out, std::span<const std::size_t> heights) {
  for (std::size_t row = kRows; row-- > 0;) {
    const std::size_t bottom = row * kTops.size();
    std::string line;
    for (const std::size_t height : heights) {
      const bool reaches_beyond = height >= bottom + kTops.size();
      line += height < bottom ? ' ' : reaches_beyond ? '|' : kTops[height - bottom];
    }
    add_line(out, std::move(line));
  }
}

void add_labels(std::string& out, std::span<const std::string> labels) {
  std::size_t longest = 0;
  for (const std::string& label : labels) longest = std::max(longest, label.size());
  for (std::size_t row = 0; row < longest; ++row) {
    std::string line;
    for (const std::string& label : labels) line += row < label.size() ? label[row] : ' ';
    add_line(out, std::move(line));
  }
}

}  // namespace

std::string latency_graph(const LatencyEvent& event, std::int64_t now_s) {
  const std::size_t count = std::min(event.spikes.size(), kColumns);
  const auto first = event.spikes.end() - static_cast<std::ptrdiff_t>(count);
  const auto [low, high] =
      std::minmax_element(first, event.spikes.end(),
                          [](const auto& a, const auto& b) { return a.latency_ms < b.latency_ms; });
  const std::int64_t range = std::max<std::int64_t>(high->latency_ms - low->latency_ms, 1);
  std::vector<std::size_t> heights;
  std::vector<std::string> labels;
  for (auto spike = first; spike != event.spikes.end(); ++spike) {
    heights.push_back(
        static_cast<std::size_t>((spike->latency_ms - low->latency_ms) * kHighest / range));
    labels.push_back(time_ago(now_s - spike->wall_s));
  }
  std::string out = fmt::format("{} - high {} ms, low {} ms (all time high {} ms)\n", event.name,
                                high->latency_ms, low->latency_ms, event.worst_ms);
  out += std::string(kColumns, '-') + "\n";
  add_columns(out, heights);
  out += "\n";
  add_labels(out, labels);
  return out;
}

}  // namespace octavo::redis
