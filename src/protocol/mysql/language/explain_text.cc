#include "protocol/mysql/language/explain_text.h"

#include <fmt/format.h>

#include <cmath>

namespace octavo::mysql {
namespace {

constexpr double kMillisecondNs = 1e6;

std::string counts(std::uint64_t rows, std::uint64_t loops) {
  const double average = static_cast<double>(rows) / static_cast<double>(loops);
  return fmt::format("rows={:.0f} loops={}", std::round(average), loops);
}

std::string actual(const sql::ExplainLine& line, const exec::Profile& profile) {
  const exec::NodeWork* const work = profile.find(*line.node);
  if (work == nullptr) return " (never executed)";
  if (line.is_lookup) {
    return work->lookups == 0 ? " (never executed)"
                              : fmt::format(" (actual {})", counts(work->found, work->lookups));
  }
  if (work->loops > 0) {
    const double of_each = kMillisecondNs * static_cast<double>(work->loops);
    return fmt::format(
        " (actual time={:.3f}..{:.3f} {})", static_cast<double>(work->first_ns) / of_each,
        static_cast<double>(work->total_ns) / of_each, counts(work->rows, work->loops));
  }
  if (work->loops_within > 0) {
    return fmt::format(" (actual {})", counts(work->rows_within, work->loops_within));
  }
  return work->within ? "" : " (never executed)";
}

}  // namespace

std::string explain_text(std::span<const sql::ExplainLine> lines, const exec::Profile* profile) {
  std::string text;
  for (const sql::ExplainLine& line : lines) {
    if (!text.empty()) text += '\n';
    text += line.text;
    if (profile != nullptr && line.node != nullptr) text += actual(line, *profile);
  }
  return text;
}

}  // namespace octavo::mysql
